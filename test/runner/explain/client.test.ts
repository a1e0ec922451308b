import 'reflect-metadata';
import { container as globalContainer } from 'tsyringe';
import { DataSource } from 'typeorm';
import { WorkflowRunner, defineWorkflow } from '../../../src';
import type { RunnerOptions, TaskContext } from '../../../src';
import { EXPLAIN_AFTER_MS } from '../../../src/runner/explain/explain-waiting';
import { systemClock } from '../../../src/runner/system-clock';
import { Gate } from '../../engine/gate';
import { MemoryLogger } from '../../fixtures/memory-logger';
import { createTestDatabase } from '../../setup/database';
import type { TestDatabase } from '../../setup/database';

const hello = defineWorkflow('hello')
  .flow('main', async (name: string) => `Hello, ${name}!`)
  .build();

/** A client beside workers of other processes, on a real server. */
describe('a client', () => {
  let database: TestDatabase;
  let open: WorkflowRunner[];

  beforeEach(async () => {
    database = await createTestDatabase();
    open = [];
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await Promise.all(open.map((runner) => runner.close()));
    await database.drop();
  });

  const create = async (options: Partial<RunnerOptions>): Promise<WorkflowRunner> => {
    const container = globalContainer.createChildContainer();
    const shared = { workflows: [hello], database: database.url, container, logger: new MemoryLogger() };
    const runner = await WorkflowRunner.create({ ...shared, ...options });
    open.push(runner);
    return runner;
  };

  /** Resolves with the first line that begins so. */
  const lineOf = async (logger: MemoryLogger, start: string): Promise<MemoryLogger['lines'][number]> => {
    for (;;) {
      const line = logger.lines.find(({ message }) => message.startsWith(start));
      if (line !== undefined) return line;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  /** The five seconds of the notice pass at once, and no other time does. */
  const skipTheWait = (): void => {
    const { setTimer } = systemClock;
    jest
      .spyOn(systemClock, 'setTimer')
      .mockImplementation((delayMs, ...rest) => setTimer(delayMs === EXPLAIN_AFTER_MS ? 0 : delayMs, ...rest));
  };

  it('that waits for any worker says why there is no result yet, and gets it once one comes', async () => {
    skipTheWait();
    const logger = new MemoryLogger();
    const client = await create({ worker: false, logger });
    const waiting = client.run(hello, 'main', 'Ada');
    expect(await lineOf(logger, 'still waiting')).toMatchObject({
      level: 'warn',
      message: 'still waiting for the result of the run: no worker serves this: no worker is alive',
      fields: { runId: expect.any(String), workflow: 'hello', reason: { code: 'no-worker', lacks: 'worker' } },
    });
    await create({ worker: { poll: '50ms' } });
    expect(await waiting).toBe('Hello, Ada!');
  });

  it('says nothing of a run that is over in time', async () => {
    const logger = new MemoryLogger();
    await create({ worker: { poll: '50ms' } });
    const client = await create({ worker: false, logger });
    const timers = jest.spyOn(systemClock, 'setTimer');
    expect(await client.run(hello, 'main', 'Ada')).toBe('Hello, Ada!');
    const notice = timers.mock.results[timers.mock.calls.findIndex(([delayMs]) => delayMs === EXPLAIN_AFTER_MS)];
    expect(notice).toBeDefined();
    expect(logger.lines).toEqual([]);
  });

  it('sees the workers of the fleet, and explains without the code of the run', async () => {
    const gate = new Gate();
    const slow = defineWorkflow('slow')
      .task('wait', { timeout: false }, async () => gate.opened)
      .flow('main', { dependsOn: ['wait'] }, async (_: void, _ctx: TaskContext<void>) => 1)
      .build();
    const worker = await create({ workflows: [slow], worker: { reportAfter: 0, queues: ['default', 'gpu'] } });
    const client = await create({ workflows: [], worker: false });
    expect(await client.workers()).toMatchObject([{ queues: ['default', 'gpu'], workflows: ['slow'] }]);
    const { id } = await worker.start(slow, 'main');
    let explanation = await client.explain(id);
    while (explanation.nodes.length === 0) explanation = await client.explain(id);
    expect(explanation).toMatchObject({
      run: { isCodeKnown: false, reason: { code: 'running', worker: { id: worker.health?.id } } },
      nodes: [{ task: 'wait', reason: { code: 'running', attempt: 1 } }],
    });
    gate.open();
  });

  it('tells of code that has changed, and of a worker that fell silent', async () => {
    const gate = new Gate();
    const version = (dependsOn: 'check'[]) =>
      defineWorkflow('changing')
        .task('check', async () => 1)
        .task('wait', { dependsOn, timeout: false }, async () => gate.opened)
        .flow('main', { dependsOn: ['wait', 'check'] }, async (_a: void, _b: number, _ctx: TaskContext<void>) => 1)
        .build();
    const before = await create({ workflows: [version(['check'])], worker: { reportAfter: 0, drain: 0 } });
    const { id } = await before.start(version(['check']), 'main');
    while (!(await before.explain(id)).nodes.some(({ task, status }) => task === 'wait' && status === 'RUNNING')) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const client = await create({ workflows: [], worker: false });
    await silence(before.health?.id ?? '');
    expect((await client.explain(id)).run).toMatchObject({
      status: 'RUNNING',
      reason: { code: 'owner-silent', heirs: 0 },
    });
    const after = await create({ workflows: [version([])], worker: { poll: '50ms' } });
    let explanation = await after.explain(id);
    while (explanation.run.reason.code !== 'code-changed') explanation = await after.explain(id);
    expect(explanation.run).toMatchObject({ status: 'WAITING', reason: { refusals: 1 } });
    expect(await after.cancel(id)).toBe(true);
    gate.open();
  });

  /** As if the worker's process had died a while ago. */
  async function silence(workerId: string): Promise<void> {
    const source = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    await source.query(`UPDATE typeflow.worker SET lease_until = now() - interval '1 s' WHERE id = $1`, [workerId]);
    await source.destroy();
  }
});
