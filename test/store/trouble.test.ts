import { DataSource } from 'typeorm';
import { systemClock } from '../../src/runner/system-clock';
import { createStore } from '../../src/store/open-store';
import { ConnectionGuard } from '../../src/store/typeorm/connections/connection-guard';
import type { TypeormStore } from '../../src/store/typeorm/typeorm-store';
import { TcpProxy } from '../fixtures/tcp-proxy';
import { VirtualClock } from '../fixtures/virtual-clock';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { aNode, aRecord, finish, LEASE_MS, sceneOf } from './contract/fixtures';

let database: TestDatabase;
let proxy: TcpProxy;
let admin: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await new DataSource({ type: 'postgres', url: database.url }).initialize();
});
beforeEach(async () => {
  proxy = await TcpProxy.before(database.url);
});
afterEach(() => proxy.close());
afterAll(async () => {
  await admin.destroy();
  await database.drop();
});

const openStore = async (clock = systemClock): Promise<TypeormStore> => {
  const store = createStore(proxy.url, { clock }) as TypeormStore;
  await store.open();
  return store;
};

const failureOf = async (promise: Promise<unknown>): Promise<Error | undefined> =>
  promise.then(
    () => undefined,
    (error: Error) => error,
  );

describe('an answer that is lost after the commit', () => {
  it('changes nothing of what the caller is told', async () => {
    const store = await openStore();
    const { newRun, newWorker, ownedRun, status } = sceneOf({ store, other: store });
    const workerId = await newWorker();
    let cuts = 0;
    const cut = async <T>(verb: () => Promise<T>): Promise<T> => {
      const before = proxy.dropped;
      proxy.cutNextAnswer();
      const answer = await verb();
      if (proxy.dropped > before) cuts++;
      return answer;
    };

    const pending = await cut(() => store.createRun(newRun()));
    expect(pending).toMatchObject({ kind: 'created', owned: false });
    // The run was cancelled by the first try: the second one finds it final.
    expect(await cut(() => store.requestCancel({ runId: pending.id, reason: 'enough' }))).toBe('accepted');
    expect(await status(pending.id)).toBe('CANCELLED');
    expect(await store.requestCancel({ runId: pending.id })).toBe('final');

    const run = await ownedRun(workerId);
    expect(await cut(() => store.record(aRecord(run, { nodes: [aNode()], run: finish('FAILED') })))).toMatchObject({
      applied: true,
    });
    expect(await cut(() => store.findRun({ runId: run.runId }))).toMatchObject({ status: 'FAILED' });
    await cut(() =>
      store.registerWorker({ workerId: pending.id, leaseMs: LEASE_MS, queues: [], workflows: [], label: '' }),
    );
    await cut(() => store.deregisterWorker({ workerId: pending.id }));
    expect(cuts).toBe(6);
    await store.close();
  });

  it('of a retry is not a second retry', async () => {
    const store = await openStore();
    const { newWorker, ownedRun } = sceneOf({ store, other: store });
    const run = await ownedRun(await newWorker());
    await store.record(aRecord(run, { nodes: [aNode()], run: finish('FAILED') }));
    const { pooled, sent } = cutAnswersOf(store, 'UPDATE typeflow.run');
    expect(sent).toEqual([]);
    expect(await pooled(() => store.retryRun({ runId: run.runId, reset: [] }))).toEqual({
      kind: 'retried',
      generation: 2,
    });
    expect(sent.length).toBeGreaterThan(0);
    expect(await store.findRun({ runId: run.runId })).toMatchObject({ generation: 2, status: 'PENDING' });
    await store.close();
  });

  /** Loses the answer to the first statement that holds this text. */
  function cutAnswersOf(store: TypeormStore, text: string) {
    const sent: string[] = [];
    const { logger } = store.dataSource;
    const logQuery = logger.logQuery.bind(logger);
    const pooled = async <T>(verb: () => Promise<T>): Promise<T> => {
      store.dataSource.logger.logQuery = (sql, ...rest) => {
        if (sent.length === 0 && sql.replaceAll('"', '').includes(text)) {
          sent.push(sql);
          proxy.cutNextAnswer();
        }
        return logQuery(sql, ...rest);
      };
      return verb();
    };
    return { pooled, sent };
  }
});

// R23, R24
describe('backends that are terminated over and over', () => {
  it('fail no verb', async () => {
    const store = await openStore();
    const { newRun, newWorker, ownedRun, poll, status } = sceneOf({ store, other: store });
    let isOver = false;
    let terminated = 0;
    let rounds = 0;
    const terminate = async (): Promise<void> => {
      while (!isOver) {
        const gone: unknown[] = await admin.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE application_name = 'typeflow' AND datname = current_database()`,
        );
        terminated += gone.length;
        // Long enough for a connection to be made and used: nothing can be done without one.
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    };
    const terminating = terminate();
    const lives = Array.from({ length: 4 }, async () => {
      const workerId = await newWorker();
      for (; terminated < 40; rounds++) {
        const { id } = await store.createRun(newRun());
        expect(await store.requestCancel({ runId: id })).toBe('accepted');
        const run = await ownedRun(workerId);
        await store.record(aRecord(run, { nodes: [aNode()], run: finish('FAILED') }));
        await store.findFinal({ runIds: [run.runId] });
        expect(await store.retryRun({ runId: run.runId, reset: [] })).toEqual({ kind: 'retried', generation: 2 });
        await store.listRuns({ limit: 5 });
        expect(await status(run.runId)).toBe('PENDING');
      }
      await store.deregisterWorker({ workerId });
    });
    await Promise.all(lives).finally(() => (isOver = true));
    await terminating;
    expect(rounds).toBeGreaterThan(4);
    // A poll is the worker's to repeat.
    expect((await poll(await newWorker(), { limit: 10_000 })).claimed).toHaveLength(rounds);
    await store.close();
  }, 60_000);
});

// R30
describe('a row that somebody holds and does not give back', () => {
  it('keeps no other run from being claimed; what needs that row waits for it, and is done when it is free', async () => {
    const store = await openStore();
    const { newRun, newWorker, poll, status } = sceneOf({ store, other: store });
    const [held, free] = [await store.createRun(newRun()), await store.createRun(newRun())];
    let cancelled: Promise<string> | undefined;
    await admin.transaction(async (manager) => {
      await manager.query('SELECT 1 FROM typeflow.run WHERE id = $1 FOR UPDATE', [held.id]);
      cancelled = store.requestCancel({ runId: held.id });
      expect((await poll(await newWorker())).claimed.map(({ id }) => id)).toEqual([free.id]);
      const waits = `SELECT 1 FROM pg_stat_activity WHERE application_name = 'typeflow' AND wait_event_type = 'Lock'`;
      while ((await manager.query(waits)).length === 0);
      expect(await status(held.id)).toBe('PENDING');
    });
    expect(await cancelled).toBe('accepted');
    expect(await status(held.id)).toBe('CANCELLED');
    await store.close();
  });
});

// R27
describe('connections whose other end is gone without a word', () => {
  it('are destroyed after their silence, the idle ones with the one that is waited for, and replaced', async () => {
    const clock = new VirtualClock();
    const guard = new ConnectionGuard({ clock, silenceMs: 10_000, longSilenceMs: 60_000 });
    const dataSource = await new DataSource({
      type: 'postgres',
      url: proxy.url,
      extra: { Client: guard.clientClass },
      poolErrorHandler: () => undefined,
    }).initialize();
    await Promise.all(Array.from({ length: 5 }, () => dataSource.query('SELECT pg_sleep(0.05)')));
    const before = proxy.connections;
    expect(before).toBeGreaterThanOrEqual(5);
    await clock.advance(5_000);
    proxy.mode = 'blackhole';
    const failure = failureOf(dataSource.query('SELECT 1'));
    await clock.advance(9_000);
    expect(await Promise.race([failure, 'waiting'])).toBe('waiting');
    await clock.advance(1_500);
    expect((await failure)?.message).toMatch(/terminated/);
    expect(proxy.dropped).toBeGreaterThan(0);
    proxy.mode = 'pass';
    // None of the four that lay idle is handed out.
    expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(proxy.connections).toBe(before + 1);
    await dataSource.destroy();
  });

  it('are none that are merely busy: statements one after the other on one connection, for as long as it takes', async () => {
    const clock = new VirtualClock();
    const guard = new ConnectionGuard({ clock, silenceMs: 10_000, longSilenceMs: 60_000 });
    const client = new guard.clientClass({ connectionString: database.url });
    await client.connect();
    for (let n = 0; n < 10; n++) {
      await client.query('SELECT 1');
      await clock.advance(9_000);
    }
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  it('fail a poll after its lease, and the next one works', async () => {
    const clock = new VirtualClock();
    const store = await openStore(clock);
    const { newWorker } = sceneOf({ store, other: store });
    const workerId = await newWorker();
    const params = { workerId, leaseMs: 10_000 };
    await store.poll(params);
    proxy.mode = 'blackhole';
    const failure = failureOf(store.poll(params));
    await clock.advance(10_000);
    expect(await failure).toMatchObject({ code: 'STORE_FAILED' });
    proxy.mode = 'pass';
    expect(await store.poll(params)).toMatchObject({ kind: 'alive' });
    await store.close();
  });

  it('do not keep a store from closing, nor create() from rejecting', async () => {
    const clock = new VirtualClock();
    const store = await openStore(clock);
    const { newWorker } = sceneOf({ store, other: store });
    await newWorker();
    proxy.mode = 'blackhole';
    const hanging = failureOf(store.findFinal({ runIds: ['0190a0a0-0000-7000-8000-000000000000'] }));
    await clock.advance(100);
    const closed = store.close();
    await clock.advance(4_000);
    await closed;
    expect(await hanging).toBeInstanceOf(Error);

    const late = createStore(proxy.url, { clock });
    const opened = failureOf(late.open());
    await clock.advance(9_500);
    expect(await opened).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
  });
});
