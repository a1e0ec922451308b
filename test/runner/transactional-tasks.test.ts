import 'reflect-metadata';
import { container as globalContainer } from 'tsyringe';
import { Column, DataSource, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { WorkflowRunner, defineWorkflow } from '../../src';
import type { RunnerOptions, TaskContext, TaskOptions } from '../../src';
import { Gate } from '../engine/gate';
import { transactionsSuite } from '../engine/transactions-suite';
import { Proxy } from '../faults/harness/proxy';
import type { StatementKind } from '../faults/harness/proxy';
import { MemoryLogger } from '../fixtures/memory-logger';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';

@Entity({ name: 'booking' })
class Booking {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('text')
  run!: string;
}

/** Books by the user's own entity, in the transaction of the task. */
function bookingWorkflow(options: TaskOptions = {}, before: (ctx: TaskContext<string>) => unknown = () => undefined) {
  return defineWorkflow('booking')
    .task('book', { transactional: true, ...options }, async (name: string, ctx: TaskContext<string>) => {
      await before(ctx);
      const booking = await ctx.manager.save(ctx.manager.create(Booking, { run: ctx.runId }));
      return `${name} has number ${booking.id > 0 ? 'one' : 'none'}`;
    })
    .flow('main', { dependsOn: ['book'] as never }, async (text: string, _ctx: TaskContext<string>) => text)
    .build();
}

let database: TestDatabase;
let dataSource: DataSource;
const runners: WorkflowRunner[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await connect(database.url);
});

afterAll(async () => {
  await dataSource?.destroy();
  await database?.drop();
});

afterEach(async () => {
  for (const runner of runners.splice(0)) await runner.close();
});

async function connect(url: string, more: object = {}): Promise<DataSource> {
  const source = new DataSource({ type: 'postgres', url, entities: [Booking], synchronize: true, ...more });
  return source.initialize();
}

async function runnerOn(
  source: DataSource | string,
  workflow: ReturnType<typeof bookingWorkflow>,
  options: Partial<RunnerOptions> = {},
): Promise<WorkflowRunner> {
  const runner = await WorkflowRunner.create({
    workflows: [workflow],
    database: source,
    container: globalContainer.createChildContainer(),
    logger: new MemoryLogger(),
    ...options,
    worker: { poll: '50ms', lease: '5s', drain: '1s', ...options.worker },
  });
  runners.push(runner);
  return runner;
}

const bookings = (run: string): Promise<number> => dataSource.getRepository(Booking).countBy({ run });

transactionsSuite("the application's own DataSource", async () => {
  const own = await createTestDatabase();
  const source = await connect(own.url);
  return {
    database: source,
    async drop() {
      await source.destroy();
      await own.drop();
    },
  };
});

describe("a transactional task on the application's own DataSource", () => {
  it('saves entities of the application together with its completion', async () => {
    const workflow = bookingWorkflow();
    const runner = await runnerOn(dataSource, workflow);
    const handle = await runner.start(workflow, 'main', 'Ann');
    expect(await handle.result()).toBe('Ann has number one');
    expect(await bookings(handle.id)).toBe(1);
  });

  it('leaves connections to others, however small the pool is', async () => {
    const seen = { now: 0, most: 0 };
    const workflow = bookingWorkflow({}, async (ctx) => {
      seen.most = Math.max(seen.most, ++seen.now);
      await ctx.manager.query('SELECT pg_sleep(0.01)');
      seen.now--;
    });
    for (const [poolSize, most] of [
      [1, 1],
      [2, 1],
      [5, 2],
    ] as const) {
      seen.most = 0;
      const source = await connect(database.url, { poolSize, synchronize: false });
      const runner = await runnerOn(source, workflow);
      const results = await Promise.all(Array.from({ length: 10 }, () => runner.run(workflow, 'main', 'Bob')));
      expect([results.length, seen.most]).toEqual([10, most]);
      await runners.pop()?.close();
      await source.destroy();
    }
  });

  it('runs at READ COMMITTED where the database is stricter, or as it asks itself', async () => {
    const levels: unknown[] = [];
    const workflow = bookingWorkflow({}, async ({ manager, input }) => {
      if (input === 'strict') await manager.query('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE');
      levels.push(await manager.query('SHOW transaction_isolation'));
    });
    const source = await connect(database.url, {
      synchronize: false,
      extra: { options: '-c default_transaction_isolation=serializable' },
    });
    const runner = await runnerOn(source, workflow);
    for (const level of ['usual', 'strict']) await runner.run(workflow, 'main', level);
    expect(levels).toEqual([
      [{ transaction_isolation: 'read committed' }],
      [{ transaction_isolation: 'serializable' }],
    ]);
    await runners.pop()?.close();
    await source.destroy();
  });

  it('runs again, uncharged, when two that are serializable are in each other’s way', async () => {
    const gates = [new Gate(), new Gate()];
    let calls = 0;
    const workflow = bookingWorkflow({}, async ({ manager }) => {
      await manager.query('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE');
      await manager.query('SELECT count(*) FROM booking');
      const gate = gates[calls++];
      // Both have read before either writes: one of the two cannot be serialised.
      if (calls === 2) for (const one of gates) one.open();
      await gate?.opened;
    });
    const runner = await runnerOn(dataSource, workflow);
    const runs = [await runner.start(workflow, 'main', 'a'), await runner.start(workflow, 'main', 'b')];
    for (const run of runs) {
      await run.result();
      expect(await bookings(run.id)).toBe(1);
      expect((await runner.get(run.id))?.nodes[0]).toMatchObject({ attempt: 1, attempts: [] });
    }
    expect(calls).toBeGreaterThan(2);
  });
});

describe('a transactional task whose connection is cut', () => {
  let proxy: Proxy;

  beforeAll(async () => {
    proxy = await Proxy.to(database.url);
  });

  afterAll(async () => proxy.close());

  it.each([
    ['after the server has committed', 'commit', 1],
    ['right before the commit', 'record', 2],
  ] as const)('%s has its effect once, and is recorded once', async (_when, kind: StatementKind, calls) => {
    let made = 0;
    const workflow = bookingWorkflow({}, () => void made++);
    const source = await connect(proxy.url, { synchronize: false });
    const runner = await runnerOn(source, workflow);
    const cut = proxy.cutAfterCommit(kind);
    const handle = await runner.start(workflow, 'main', 'Cut');
    await cut;
    expect(await handle.result()).toBe('Cut has number one');
    expect([await bookings(handle.id), made]).toEqual([1, calls]);
    expect((await runner.get(handle.id))?.nodes[0]).toMatchObject({ status: 'COMPLETED', attempt: 1, attempts: [] });
    await runners.pop()?.close();
    await source.destroy();
  });
});

describe('a transactional task whose session the server ends', () => {
  it('is called again in the same attempt', async () => {
    let calls = 0;
    const workflow = bookingWorkflow({}, async ({ manager, runId }) => {
      await manager.save(manager.create(Booking, { run: runId }));
      if (++calls > 1) return;
      const [session] = (await manager.query('SELECT pg_backend_pid() AS pid')) as readonly { readonly pid: number }[];
      await dataSource.query('SELECT pg_terminate_backend($1, 5000)', [session?.pid]);
    });
    const runner = await runnerOn(dataSource, workflow);
    const handle = await runner.start(workflow, 'main', 'Ended');
    expect(await handle.result()).toBe('Ended has number one');
    expect([calls, await bookings(handle.id)]).toEqual([2, 2]);
    expect((await runner.get(handle.id))?.nodes[0]).toMatchObject({ status: 'COMPLETED', attempt: 1, attempts: [] });
  });
});

describe('a transactional task with a queue of its own', () => {
  it('commits its result where it is called, and the owner goes on', async () => {
    const workflow = bookingWorkflow({ queue: 'desk' });
    const owner = await runnerOn(dataSource, workflow, { worker: { queues: ['default'] } });
    const desk = await runnerOn(dataSource, workflow, { worker: { queues: ['desk'] } });
    const handle = await owner.start(workflow, 'main', 'Desk');
    expect(await handle.result()).toBe('Desk has number one');
    expect(await bookings(handle.id)).toBe(1);
    expect((await owner.get(handle.id))?.nodes[0]).toMatchObject({ status: 'COMPLETED', attempt: 1 });
    expect(desk.health?.tasks).toBe(0);
  });

  it('commits nothing after a cancel of the run was accepted', async () => {
    const entered = new Gate();
    const cancelled = new Gate();
    const workflow = bookingWorkflow({ queue: 'desk' }, async () => {
      entered.open();
      await cancelled.opened;
    });
    const owner = await runnerOn(dataSource, workflow, { worker: { queues: ['default'] } });
    await runnerOn(dataSource, workflow, { worker: { queues: ['desk'] } });
    const handle = await owner.start(workflow, 'main', 'Late');
    await entered.opened;
    expect(await handle.cancel()).toBe(true);
    cancelled.open();
    await expect(handle.result()).rejects.toMatchObject({ code: 'RUN_CANCELLED' });
    expect((await owner.get(handle.id))?.nodes.map(({ status }) => status)).toEqual(['CANCELLED', 'CANCELLED']);
    expect(await bookings(handle.id)).toBe(0);
  });
});
