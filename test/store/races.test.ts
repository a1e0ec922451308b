import { DataSource } from 'typeorm';
import { systemClock } from '../../src/runner/system-clock';
import { createStore } from '../../src/store/open-store';
import type { Store } from '../../src/store/store';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { aNode, aRecord, finish, first, LEASE_MS, sceneOf } from './contract/fixtures';
import type { Scene } from './contract/fixtures';

/** Two processes' stores and a third connection that holds locks, on a real server. */
describe('races on PostgreSQL', () => {
  let database: TestDatabase;
  let stores: readonly [Store, Store];
  let rival: DataSource;
  let scene: Scene;

  beforeAll(async () => {
    database = await createTestDatabase();
    stores = [createStore(database.url, { clock: systemClock }), createStore(database.url, { clock: systemClock })];
    await Promise.all(stores.map((store) => store.open()));
    rival = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  });

  beforeEach(() => {
    scene = sceneOf({ store: stores[0], other: stores[1] });
  });

  afterAll(async () => {
    await rival.destroy();
    await Promise.all(stores.map((store) => store.close()));
    await database.drop();
  });

  /** Resolves once a statement waits for a lock that somebody else holds. */
  const someoneWaits = async (): Promise<void> => {
    const sql = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    for (;;) {
      const [row] = await rival.query(sql);
      if (row.n > 0) return;
    }
  };

  it('a takeover that commits while a record waits for the row makes the record lost', async () => {
    const { store, newWorker, ownedRun } = scene;
    const run = await ownedRun(await newWorker());
    let recorded: Promise<unknown> = Promise.resolve();
    await rival.transaction(async (manager) => {
      await manager.query('UPDATE typeflow.run SET epoch = epoch + 1 WHERE id = $1', [run.runId]);
      recorded = store.record(aRecord(run, { nodes: [aNode()], run: finish() }));
      await someoneWaits();
    });
    expect(await recorded).toEqual({ kind: 'lost' });
    expect(await store.findRun({ runId: run.runId })).toMatchObject({ status: 'RUNNING', nodes: [] });
  });

  it('a cancel that commits while a finish waits for the row goes before it', async () => {
    const { store, newWorker, ownedRun, status } = scene;
    const run = await ownedRun(await newWorker());
    let recorded: Promise<unknown> = Promise.resolve();
    await rival.transaction(async (manager) => {
      await manager.query('UPDATE typeflow.run SET cancel_requested_at = now(), inbox = inbox + 1 WHERE id = $1', [
        run.runId,
      ]);
      recorded = store.record(aRecord(run, { nodes: [aNode()], run: finish() }));
      await someoneWaits();
    });
    expect(await recorded).toMatchObject({ kind: 'recorded', applied: false, inbox: 1, isCancelRequested: true });
    expect(await status(run.runId)).toBe('RUNNING');
  });

  it('an inbox that moves while a park waits for the row keeps the run awake', async () => {
    const { store, newWorker, ownedRun, status } = scene;
    const run = await ownedRun(await newWorker());
    let parked: Promise<unknown> = Promise.resolve();
    await rival.transaction(async (manager) => {
      await manager.query('UPDATE typeflow.run SET inbox = inbox + 1 WHERE id = $1', [run.runId]);
      parked = store.record(aRecord(run, { run: { kind: 'park', wakeDelayMs: 60_000 } }));
      await someoneWaits();
    });
    expect(await parked).toMatchObject({ applied: false, inbox: 1 });
    expect(await status(run.runId)).toBe('RUNNING');
  });

  it('a worker declared dead while it creates a run does not own it', async () => {
    const { store, newWorker, newRun } = scene;
    const workerId = await newWorker();
    let created: Promise<unknown> = Promise.resolve();
    await rival.transaction(async (manager) => {
      await manager.query('SELECT 1 FROM typeflow.worker WHERE id = $1 FOR UPDATE', [workerId]);
      await manager.query('UPDATE typeflow.worker SET dead = true WHERE id = $1', [workerId]);
      created = store.createRun(newRun({ claim: { workerId } }));
      await someoneWaits();
    });
    expect(await created).toMatchObject({ kind: 'created', owned: false, epoch: 0 });
  });

  it('two completions of one node at once leave one of them', async () => {
    const { store, other, newWorker, ownedRun } = scene;
    const workerId = await newWorker();
    for (let round = 0; round < 20; round += 1) {
      const run = await ownedRun(workerId);
      await Promise.all([
        store.record(aRecord(run, { nodes: [aNode({ output: '"one"' })], run: finish() })),
        other.record(aRecord(run, { nodes: [aNode({ output: '"two"' })], run: finish() })),
      ]).then((results) => expect(results.map((result) => result.kind).sort()).toEqual(['lost', 'recorded']));
    }
  });

  it('200 cancels against finishes end in one status that both were told', async () => {
    const { store, other, newWorker, ownedRun, status } = scene;
    const workerId = await newWorker();
    const outcomes = new Map<string, number>();
    for (let round = 0; round < 200; round += 1) {
      const run = await ownedRun(workerId);
      const [cancelled, recorded] = await Promise.all([
        other.requestCancel({ runId: run.runId }),
        store.record(aRecord(run, { run: finish() })),
      ]);
      const applied = recorded.kind === 'recorded' && recorded.applied;
      expect(cancelled).toBe(applied ? 'final' : 'accepted');
      expect(await status(run.runId)).toBe(applied ? 'COMPLETED' : 'RUNNING');
      outcomes.set(cancelled, (outcomes.get(cancelled) ?? 0) + 1);
    }
    // Both must have happened, or nothing raced.
    expect([...outcomes.keys()].sort()).toEqual(['accepted', 'final']);
  });

  it('many workers claim every run exactly once', async () => {
    const { store, other, newRun, newWorker, claimOf } = scene;
    const ids = await Promise.all(Array.from({ length: 200 }, async () => (await store.createRun(newRun())).id));
    const claimed: string[] = [];
    const workers = await Promise.all(Array.from({ length: 8 }, () => newWorker()));
    while (claimed.length < ids.length) {
      const polls = await Promise.all(
        workers.map((workerId, i) =>
          (i % 2 ? store : other).poll({ workerId, leaseMs: LEASE_MS, claim: claimOf({ limit: 10 }) }),
        ),
      );
      const got = polls.flatMap((result) => (result.kind === 'alive' ? result.claimed.map((run) => run.id) : []));
      if (got.length === 0) break;
      claimed.push(...got);
    }
    expect([...claimed].sort()).toEqual([...ids].sort());
  });

  it('a dead worker is reaped once by many, and its runs are charged once', async () => {
    const { store, other, newWorker, ownedRun, poll } = scene;
    const dead = await newWorker();
    const runs = await Promise.all(Array.from({ length: 20 }, () => ownedRun(dead)));
    await store.poll({ workerId: dead, leaseMs: -1_000 });
    const heirs = await Promise.all(Array.from({ length: 6 }, () => newWorker()));
    await Promise.all(heirs.map((workerId, i) => (i % 2 ? store : other).poll({ workerId, leaseMs: LEASE_MS })));
    const heir = first((await poll(heirs[0] as string)).claimed);
    expect(heir.epoch).toBe(3);
    const found = await Promise.all(runs.map((run) => store.findRun({ runId: run.runId })));
    expect(found.map((run) => run?.crashes)).toEqual(runs.map(() => 1));
  });

  it('nodes that are recorded leave the row of their run untouched', async () => {
    const { store, newWorker, ownedRun } = scene;
    const run = await ownedRun(await newWorker());
    const version = async (): Promise<unknown> =>
      rival.query('SELECT ctid, seq FROM typeflow.run WHERE id = $1', [run.runId]);
    const before = await version();
    for (const node of ['a', 'b', 'c', 'd']) await store.record(aRecord(run, { nodes: [aNode({ node })] }));
    expect(await version()).toEqual(before);
  });

  it('two retries at once are one', async () => {
    const { store, other, newWorker, ownedRun } = scene;
    const run = await ownedRun(await newWorker());
    await store.record(aRecord(run, { run: finish('FAILED') }));
    const results = await Promise.all([store, other].map((one) => one.retryRun({ runId: run.runId, reset: [] })));
    expect(results.map((result) => result.kind).sort()).toEqual(['refused', 'retried']);
    expect(await store.findRun({ runId: run.runId })).toMatchObject({ generation: 2, status: 'PENDING' });
  });
});
