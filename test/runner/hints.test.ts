import 'reflect-metadata';
import { container as globalContainer } from 'tsyringe';
import { WorkflowRunner, defineWorkflow } from '../../src';
import type { RunnerOptions, TaskContext } from '../../src';
import { MemoryLogger } from '../fixtures/memory-logger';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';

let onCall: () => void = () => undefined;

const greeting = defineWorkflow('greeting')
  .flow('main', (name: string) => `Hello, ${name}`)
  .flow('endless', (_: unknown, ctx: TaskContext<unknown>) => {
    onCall();
    return new Promise<never>((_resolve, reject) =>
      ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason as Error)),
    );
  })
  .build();

/** Polls come an hour apart here: whatever happens before that, a hint has brought about. */
describe('two processes on PostgreSQL', () => {
  let database: TestDatabase;
  const open: WorkflowRunner[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    for (const runner of open.splice(0)) await runner.close();
  });
  afterAll(() => database.drop());

  const create = async (options: Partial<RunnerOptions>): Promise<WorkflowRunner> => {
    const runner = await WorkflowRunner.create({
      workflows: [greeting],
      database: database.url,
      container: globalContainer.createChildContainer(),
      logger: new MemoryLogger(),
      ...options,
    });
    open.push(runner);
    return runner;
  };

  const createWorker = async (options: Partial<RunnerOptions> = {}): Promise<WorkflowRunner> => {
    const runner = await create({ ...options, worker: { poll: '1h', lease: '3h', cancelGrace: 0, drain: '1s' } });
    if (options.listen === false) return runner;
    while (runner.health?.listening !== 'on') await new Promise((resolve) => setTimeout(resolve, 10));
    return runner;
  };

  it('a run that a client starts is executed by a worker that is told of it', async () => {
    await createWorker();
    const client = await create({ worker: false });
    for (const name of ['Ada', 'Bob']) expect(await client.run(greeting, 'main', name)).toBe(`Hello, ${name}`);
  });

  it('so is one that is due in a moment, whoever starts it', async () => {
    const worker = await createWorker();
    const client = await create({ worker: false });
    const handle = await client.start(greeting, 'main', 'Ada', { delay: '300ms' });
    expect(await handle.result()).toBe('Hello, Ada');
    expect(await worker.run(greeting, 'main', 'Bob', { delay: '300ms' })).toBe('Hello, Bob');
  });

  it('a cancel reaches the worker that executes the run', async () => {
    await createWorker();
    const client = await create({ worker: false });
    const called = new Promise<void>((resolve) => (onCall = resolve));
    const handle = await client.start(greeting, 'endless');
    await called;
    expect(await handle.cancel('enough')).toBe(true);
    await expect(handle.result()).rejects.toMatchObject({ code: 'RUN_CANCELLED', reason: 'enough' });
  });

  it('runs of a worker that closes go on in another one', async () => {
    const first = await createWorker();
    const called = new Promise<void>((resolve) => (onCall = resolve));
    const { id } = await first.start(greeting, 'endless');
    await called;
    await createWorker();
    const again = new Promise<void>((resolve) => (onCall = resolve));
    await first.close();
    await again;
    const client = await create({ worker: false });
    await client.cancel(id);
  });

  it('with listen: false a worker says that it does not listen, and finds by polls what others started', async () => {
    const worker = await createWorker({ listen: false });
    expect(worker.health?.listening).toBe('off');
    const client = await create({ worker: false });
    const handle = await client.start(greeting, 'main', 'Ada');
    // Its own polls still find the run: here one that a start in the same process brings about.
    expect(await worker.run(greeting, 'main', 'Bob', { delay: 1 })).toBe('Hello, Bob');
    expect(await handle.result()).toBe('Hello, Ada');
  });
});
