import 'reflect-metadata';
import { container as globalContainer } from 'tsyringe';
import { WorkflowRunner, all, defineWorkflow, each } from '../../src';
import type { RunnerOptions, TaskContext } from '../../src';
import { Gate } from '../engine/gate';
import { MemoryLogger } from '../fixtures/memory-logger';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';

let database: TestDatabase;
const open: WorkflowRunner[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});

afterEach(async () => {
  for (const runner of open.splice(0)) await runner.close();
});

afterAll(async () => {
  await database.drop();
});

async function createRunner(
  workflows: RunnerOptions['workflows'],
  worker: RunnerOptions['worker'] = {},
): Promise<WorkflowRunner> {
  const runner = await WorkflowRunner.create({
    workflows,
    database: database.url,
    container: globalContainer.createChildContainer(),
    logger: new MemoryLogger(),
    worker: worker === false ? false : { poll: '50ms', lease: '2s', drain: 0, ...worker },
  });
  open.push(runner);
  return runner;
}

describe('a run that another runner goes on with', () => {
  it('was drained: it takes up where it was, and the attempt that was cut off is not charged', async () => {
    const calls: string[] = [];
    const started = new Gate();
    let isSlow = true;
    const build = () =>
      defineWorkflow('drained')
        .task('first', async () => calls.push('first'))
        .task(
          'second',
          { dependsOn: ['first'], retries: 0, timeout: false },
          async (_: number, ctx: TaskContext<void>) => {
            calls.push(`second ${ctx.attempt}`);
            started.open();
            if (isSlow)
              await new Promise((_resolve, reject) =>
                ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason as Error)),
              );
            return 'done';
          },
        )
        .flow('main', { dependsOn: ['second'] }, async (text: string, _ctx: TaskContext<void>) => text)
        .build();
    const workflow = build();
    const one = await createRunner([workflow]);
    const { id } = await one.start(workflow, 'main');
    await started.opened;
    await one.close();
    isSlow = false;
    const two = await createRunner([workflow]);
    const run = await untilFinal(two, id);
    expect(run).toMatchObject({ status: 'COMPLETED', output: 'done' });
    expect(calls.filter((call) => call === 'first')).toHaveLength(1);
  });

  it('was parked by a long backoff: it costs no worker, and goes on at its time', async () => {
    const calls: number[] = [];
    const workflow = defineWorkflow('parked')
      .task(
        'call',
        // Long enough that a slow machine, too, sees it parked and closes the runner before it is due.
        { retries: { max: 1, backoff: 'constant', initialDelay: '4s', jitter: false } },
        async (_: void, ctx: TaskContext<void>) => {
          calls.push(ctx.attempt);
          if (ctx.attempt < 2) throw new Error('busy');
          return ctx.attempt;
        },
      )
      .flow('main', { dependsOn: ['call'] }, async (attempt: number, _ctx: TaskContext<void>) => attempt)
      .build();
    const one = await createRunner([workflow], { parkAfter: '100ms' });
    const { id } = await one.start(workflow, 'main');
    const parked = await until(one, id, (run) => run?.status === 'WAITING');
    expect(parked?.nodes[0]).toMatchObject({ status: 'WAITING', attempt: 1, error: { message: 'busy' } });
    expect(one.health).toMatchObject({ runs: 0 });
    await one.close();
    const two = await createRunner([workflow]);
    expect(await untilFinal(two, id)).toMatchObject({ status: 'COMPLETED', output: 2 });
    expect(calls).toEqual([1, 2]);
  });

  it('runs on code that has changed only in what had not started', async () => {
    const gate = new Gate();
    const oldCode = defineWorkflow('changed')
      .task('a', async () => 1)
      .task('b', { dependsOn: ['a'], timeout: false }, async (_: number, ctx: TaskContext<void>) => {
        gate.open();
        return new Promise<number>((_resolve, reject) =>
          ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason as Error)),
        );
      })
      .flow('main', { dependsOn: ['b'] }, async (n: number, _ctx: TaskContext<void>) => n)
      .build();
    const one = await createRunner([oldCode]);
    const { id } = await one.start(oldCode, 'main');
    await gate.opened;
    await one.close();
    const compatible = defineWorkflow('changed')
      .task('a', async () => 100)
      .task('extra', { dependsOn: ['a'] }, async (n: number) => n + 1)
      .flow('main', { dependsOn: ['a', 'extra'] }, async (a: number, extra: number, _ctx: TaskContext<void>) => [
        a,
        extra,
      ])
      .build();
    const two = await createRunner([compatible]);
    expect(await untilFinal(two, id)).toMatchObject({ status: 'COMPLETED', output: [1, 2] });
  });

  it('waits when the code of a recorded task has changed, and goes on with the old code', async () => {
    const gate = new Gate();
    let isHeld = true;
    const oldCode = defineWorkflow('incompatible')
      .task('a', async () => 1)
      .task('b', { dependsOn: ['a'], timeout: false }, async (n: number, ctx: TaskContext<void>) => {
        gate.open();
        if (!isHeld) return n;
        return new Promise<number>((_resolve, reject) =>
          ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason as Error)),
        );
      })
      .flow('main', { dependsOn: ['b'] }, async (n: number, _ctx: TaskContext<void>) => n)
      .build();
    const one = await createRunner([oldCode]);
    const { id } = await one.start(oldCode, 'main');
    await gate.opened;
    await one.close();
    const otherEdges = defineWorkflow('incompatible')
      .task('root', async () => 5)
      .task('a', { dependsOn: ['root'] }, async (n: number) => n)
      .flow('main', { dependsOn: ['a'] }, async (n: number, _ctx: TaskContext<void>) => n)
      .build();
    const two = await createRunner([otherEdges]);
    expect(await until(two, id, (run) => run?.status === 'WAITING')).toMatchObject({ status: 'WAITING' });
    isHeld = false;
    const three = await createRunner([oldCode]);
    expect(await untilFinal(three, id)).toMatchObject({ status: 'COMPLETED', output: 1 });
  });

  it('waits for no code when it is cancelled: one that every worker refused ends', async () => {
    const { id } = await leftBehind('refused-cancel');
    const otherEdges = defineWorkflow('refused-cancel')
      .task('root', async () => 5)
      .task('a', { dependsOn: ['root'] }, async (n: number) => n)
      .flow('main', { dependsOn: ['a'] }, async (n: number, _ctx: TaskContext<void>) => n)
      .build();
    const two = await createRunner([otherEdges]);
    await until(two, id, (run) => run?.status === 'WAITING');
    expect(await two.cancel(id, 'not any more')).toBe(true);
    expect(await untilFinal(two, id)).toMatchObject({ status: 'CANCELLED' });
  });

  it('is refused once by code without its flow, and not again and again', async () => {
    const { id } = await leftBehind('flow-gone');
    const logger = new MemoryLogger();
    const withoutIt = defineWorkflow('flow-gone')
      .task('a', async () => 1)
      .flow('another', { dependsOn: ['a'] }, async (n: number, _ctx: TaskContext<void>) => n)
      .build();
    const two = await WorkflowRunner.create({
      workflows: [withoutIt],
      database: database.url,
      container: globalContainer.createChildContainer(),
      logger,
      worker: { poll: '20ms' },
    });
    open.push(two);
    await until(two, id, (run) => run?.status === 'WAITING');
    for (let n = 0; n < 5; n++) await two.run(withoutIt, 'another');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(logger.lines.filter(({ message }) => message.includes('code of this run has changed'))).toHaveLength(1);
  });

  it('waits when a recorded value is to be mapped over now and is no array', async () => {
    const { id } = await leftBehind('now-mapped');
    const mapped = defineWorkflow('now-mapped')
      .task('a', async () => [1])
      .task('m', { dependsOn: [each('a')] }, async (n: number) => n)
      .task('b', { dependsOn: ['a'] }, async (_: number[]) => 1)
      .flow('main', { dependsOn: ['b', all('m')] }, async (n: number, _m: number[], _ctx: TaskContext<void>) => n)
      .build();
    const two = await createRunner([mapped]);
    expect(await until(two, id, (run) => run?.status === 'WAITING')).toMatchObject({ status: 'WAITING' });
    expect(two.health).toMatchObject({ runs: 0, isConnected: true });
  });

  it('is awaited by a client that executes nothing', async () => {
    const workflow = defineWorkflow('served')
      .task('work', async (n: number) => n * 2)
      .flow('main', { dependsOn: ['work'] }, async (n: number, _ctx: TaskContext<number>) => n)
      .build();
    const client = await createRunner([workflow], false);
    const handle = await client.start(workflow, 'main', 21);
    const result = handle.result();
    await createRunner([workflow]);
    expect(await result).toBe(42);
    await expect(client.start(workflow, 'main', 1).then((one) => client.cancel(one.id))).resolves.toEqual(
      expect.any(Boolean),
    );
  });
});

/** A run of old code in which `a` is recorded and `b` was cut off. */
async function leftBehind(name: string): Promise<{ readonly id: string }> {
  const gate = new Gate();
  const oldCode = defineWorkflow(name)
    .task('a', async () => 1)
    .task('b', { dependsOn: ['a'], timeout: false }, async (_: number, ctx: TaskContext<void>) => {
      gate.open();
      return new Promise<number>((_resolve, reject) =>
        ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason as Error)),
      );
    })
    .flow('main', { dependsOn: ['b'] }, async (n: number, _ctx: TaskContext<void>) => n)
    .build();
  const one = await createRunner([oldCode]);
  const { id } = await one.start(oldCode, 'main');
  await gate.opened;
  await one.close();
  return { id };
}

type Run = Awaited<ReturnType<WorkflowRunner['get']>>;

async function until(runner: WorkflowRunner, id: string, matches: (run: Run) => boolean): Promise<Run> {
  for (;;) {
    const run = await runner.get(id);
    if (matches(run)) return run;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function untilFinal(runner: WorkflowRunner, id: string): Promise<Run> {
  return until(runner, id, (run) => run !== undefined && ['COMPLETED', 'FAILED', 'CANCELLED'].includes(run.status));
}
