import 'reflect-metadata';
import { container as globalContainer } from 'tsyringe';
import { WorkflowRunner, defineWorkflow } from '../../src';
import { systemSeams } from '../../src/runner/engine-seams';
import { MemoryLogger } from '../fixtures/memory-logger';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';

/** What an application needs whose runner is injected before all of it is there. */
describe('a runner whose worker starts later', () => {
  const calls: string[] = [];
  const greet = defineWorkflow<string>('greet')
    .flow('main', async (name: string) => {
      calls.push(name);
      return `hello ${name}`;
    })
    .build();
  let database: TestDatabase;

  beforeAll(async () => (database = await createTestDatabase()));
  afterAll(() => database.drop());
  beforeEach(() => (calls.length = 0));

  const connect = async (url: string) => {
    let start: () => Promise<void> = () => Promise.reject(new Error('not handed over'));
    const logger = new MemoryLogger();
    const runner = await WorkflowRunner.createWith(
      { workflows: [greet], database: url, container: globalContainer.createChildContainer(), logger },
      { ...systemSeams, startsLater: (begin) => (start = begin) },
    );
    return { runner, start, logger };
  };

  it.each(['memory:', 'postgres'])('starts runs at once, and executes them then (%s)', async (kind) => {
    const { runner, start } = await connect(kind === 'memory:' ? kind : database.url);
    const run = await runner.start(greet, 'main', 'Ann');
    // Were the worker awake, a poll that this asks for would take it.
    await runner.cancel((await runner.start(greet, 'main', 'Bob')).id);
    await new Promise((resolve) => setImmediate(resolve));
    expect((await run.get())?.status).toBe('PENDING');
    expect(await runner.workers()).toEqual([]);
    expect(runner.health).toMatchObject({ runs: 0 });
    await start();
    expect(await run.result()).toBe('hello Ann');
    expect(calls).toEqual(['Ann']);
    expect(await runner.workers()).toHaveLength(1);
    await runner.close();
  });

  it('is closed without ever having been registered, and cannot be started any more', async () => {
    const { runner, start, logger } = await connect(database.url);
    const run = await runner.start(greet, 'main', 'Ann');
    await runner.close();
    await start();
    const { runner: other } = await connect(database.url);
    expect((await other.get(run.id))?.status).toBe('PENDING');
    expect(await other.workers()).toEqual([]);
    expect(logger.lines).toEqual([]);
    await other.close();
  });
});
