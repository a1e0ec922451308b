import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { systemClock } from '../../src/runner/system-clock';
import { createStore } from '../../src/store/open-store';
import type { LeaseSlotsResult } from '../../src/store/slots';
import type { Store } from '../../src/store/store';
import type { TypeormStore } from '../../src/store/typeorm/typeorm-store';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { LEASE_MS, sceneOf } from './contract/fixtures';
import type { Scene } from './contract/fixtures';

type Sender = (statement: unknown) => Promise<unknown>;

/** Two processes' stores, and a third connection that looks and holds locks. */
describe('slots on PostgreSQL', () => {
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

  const heldOf = (answer: LeaseSlotsResult): number => (answer.kind === 'leased' ? (answer.slots[0]?.held ?? 0) : 0);
  const rowsOf = async (key: string): Promise<number> =>
    (await rival.query('SELECT count(*)::int AS n FROM typeflow.slot_lease WHERE key = $1', [key]))[0].n;

  it.each([
    ['of a key that a third holds a slot of', 1_500, true],
    ['of a new key', 500, false],
  ] as const)(
    'two takers of the last slot at once %s are one, in %d rounds',
    async (_, rounds, isShared) => {
      const [a, b, third] = [await scene.newWorker(), await scene.newWorker(), await scene.newWorker()];
      const shared = `race:${randomUUID()}`;
      const limit = isShared ? 2 : 1;
      if (isShared)
        await stores[0].leaseSlots({ workerId: third, turn: 0, demands: [{ key: shared, limit, want: 1 }] });
      const winners = new Set<string>();
      for (let round = 0; round < rounds; round += 1) {
        const key = isShared ? shared : `race:${randomUUID()}`;
        const demands = [{ key, limit, want: 1 }];
        const [first, second] = await Promise.all([
          stores[0].leaseSlots({ workerId: a, turn: 0, demands }).then(heldOf),
          stores[1].leaseSlots({ workerId: b, turn: 0, demands }).then(heldOf),
        ]);
        expect([round, first + second]).toEqual([round, 1]);
        winners.add(first === 1 ? a : b);
        // The loser stops waiting: the next round is as open as this one.
        await Promise.all(
          [a, b].map((workerId) => stores[0].returnSlots({ workerId, turn: 0, slots: [{ key, keep: 0 }] })),
        );
      }
      // Both must have won, or nothing raced.
      expect(winners.size).toBe(2);
    },
    120_000,
  );

  it('workers that take and return at random never hold more than the limit, and leave nothing behind', async () => {
    const limit = 3;
    const keys = Array.from({ length: 4 }, () => `random:${randomUUID()}`);
    const ids = await Promise.all(Array.from({ length: 6 }, () => scene.newWorker()));
    // What each worker knows that it holds: never more than the store's account of it.
    const inside = new Map(keys.map((key) => [key, 0]));
    const peaks = new Map(inside);
    await Promise.all(
      ids.map(async (workerId, i) => {
        const store = stores[i % 2] as Store;
        for (let round = 0; round < 150; round += 1) {
          const demands = keys
            .filter(() => Math.random() < 0.6)
            .sort(() => Math.random() - 0.5)
            .map((key) => ({ key, limit, want: 1 + Math.floor(Math.random() * limit) }));
          const answer = await store.leaseSlots({ workerId, turn: 0, demands });
          const held = answer.kind === 'leased' ? answer.slots : [];
          for (const one of held) {
            inside.set(one.key, (inside.get(one.key) ?? 0) + one.held);
            peaks.set(one.key, Math.max(peaks.get(one.key) ?? 0, inside.get(one.key) ?? 0));
          }
          await new Promise((resolve) => setImmediate(resolve));
          for (const one of held) inside.set(one.key, (inside.get(one.key) ?? 0) - one.held);
          await store.returnSlots({ workerId, turn: 0, slots: demands.map(({ key }) => ({ key, keep: 0 })) });
        }
      }),
    );
    // The limit was reached, or nothing was tried.
    expect([...peaks.values()]).toEqual(keys.map(() => limit));
    for (const key of keys) expect(await rowsOf(key)).toBe(0);
  }, 120_000);

  it('a slot that is taken while a taker waits for the row is seen', async () => {
    const [a, b] = [await scene.newWorker(), await scene.newWorker()];
    const key = `waits:${randomUUID()}`;
    await stores[0].leaseSlots({ workerId: a, turn: 0, demands: [{ key, limit: 2, want: 1 }] });
    let leased: Promise<LeaseSlotsResult> | undefined;
    await rival.transaction(async (manager) => {
      await manager.query(`UPDATE typeflow.slot_lease SET leases = jsonb_build_object($2::text, 2) WHERE key = $1`, [
        key,
        a,
      ]);
      leased = stores[1].leaseSlots({ workerId: b, turn: 0, demands: [{ key, limit: 2, want: 2 }] });
      await someoneWaits();
    });
    expect(await leased).toMatchObject({ kind: 'leased', slots: [{ key, held: 0 }] });
  });

  it('a worker declared dead while it asks gets nothing', async () => {
    const workerId = await scene.newWorker();
    const key = `dead:${randomUUID()}`;
    let leased: Promise<LeaseSlotsResult> | undefined;
    await rival.transaction(async (manager) => {
      await manager.query('SELECT 1 FROM typeflow.worker WHERE id = $1 FOR UPDATE', [workerId]);
      await manager.query('UPDATE typeflow.worker SET dead = true WHERE id = $1', [workerId]);
      leased = stores[0].leaseSlots({ workerId, turn: 0, demands: [{ key, limit: 1, want: 1 }] });
      await someoneWaits();
    });
    expect(await leased).toEqual({ kind: 'dead' });
    expect(await rowsOf(key)).toBe(0);
  });

  it.each(['lease', 'return'] as const)(
    'a %s whose answer is lost is not sent again under the same turn',
    async (verb) => {
      const workerId = await scene.newWorker();
      const key = `lost:${randomUUID()}`;
      const send = async (): Promise<unknown> =>
        verb === 'lease'
          ? stores[0].leaseSlots({ workerId, turn: 0, demands: [{ key, limit: 2, want: 2 }] })
          : stores[0].returnSlots({ workerId, turn: 0, slots: [{ key, keep: 0 }] });
      const { master } = (stores[0] as TypeormStore).dataSource.driver as unknown as {
        master: Record<'query', Sender>;
      };
      const query = master.query.bind(master);
      let sent = 0;
      master.query = async (statement) => {
        await query(statement);
        sent += 1;
        throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
      };
      try {
        await expect(send()).rejects.toThrow('ECONNRESET');
      } finally {
        master.query = query;
      }
      expect(sent).toBe(1);
    },
  );

  it('slots of a dead worker are kept until it is declared dead, and are then freed once, by many at once', async () => {
    const key = `reaped:${randomUUID()}`;
    const dead = await scene.newWorker();
    const heirs = await Promise.all(Array.from({ length: 6 }, () => scene.newWorker()));
    const ask = async (): Promise<number> => {
      const answers = await Promise.all(
        heirs.map((workerId, i) =>
          (stores[i % 2] as Store).leaseSlots({ workerId, turn: 0, demands: [{ key, limit: 3, want: 1 }] }),
        ),
      );
      return answers.map(heldOf).reduce((sum, held) => sum + held, 0);
    };
    await stores[0].leaseSlots({ workerId: dead, turn: 0, demands: [{ key, limit: 3, want: 3 }] });
    await stores[0].poll({ workerId: dead, leaseMs: -1_000 });
    expect(await ask()).toBe(0);
    await Promise.all(heirs.map((workerId, i) => (stores[i % 2] as Store).poll({ workerId, leaseMs: LEASE_MS })));
    await ask();
    expect(await ask()).toBe(3);
    const [row] = await rival.query('SELECT leases FROM typeflow.slot_lease WHERE key = $1', [key]);
    expect(Object.values(row.leases)).toEqual([1, 1, 1]);
  });

  it('never takes a worker for dead that registered after the asker had looked', async () => {
    const [a, b] = [await scene.newWorker(), await scene.newWorker()];
    const key = `young:${randomUUID()}`;
    await stores[0].leaseSlots({ workerId: a, turn: 0, demands: [{ key, limit: 2, want: 1 }] });
    const young = randomUUID();
    let leased: Promise<LeaseSlotsResult> | undefined;
    await rival.transaction(async (manager) => {
      await manager.query('SELECT 1 FROM typeflow.slot_lease WHERE key = $1 FOR UPDATE', [key]);
      leased = stores[1].leaseSlots({ workerId: b, turn: 0, demands: [{ key, limit: 2, want: 2 }] });
      await someoneWaits();
      // Its row is not in the snapshot of the statement that waits; its lease is in the row that one will read.
      await stores[0].registerWorker({ workerId: young, leaseMs: LEASE_MS, queues: [], workflows: [], label: 'young' });
      await manager.query(
        `UPDATE typeflow.slot_lease SET leases = leases || jsonb_build_object($2::text, 1) WHERE key = $1`,
        [key, young],
      );
    });
    expect(await leased).toMatchObject({ kind: 'leased', slots: [{ key, held: 0 }] });
  });

  it('rows of keys that only the dead had part in are swept when a worker registers', async () => {
    const [dead, alive] = [await scene.newWorker(), await scene.newWorker()];
    const [gone, shared] = [`swept:${randomUUID()}`, `kept:${randomUUID()}`];
    const demand = (key: string) => ({ key, limit: 2, want: 1 });
    await stores[0].leaseSlots({ workerId: dead, turn: 0, demands: [demand(gone), demand(shared)] });
    await stores[0].leaseSlots({ workerId: alive, turn: 0, demands: [demand(shared)] });
    await stores[0].deregisterWorker({ workerId: dead });
    await scene.newWorker();
    expect([await rowsOf(gone), await rowsOf(shared)]).toEqual([0, 1]);
  });

  it('a worker that keeps waiting without success writes no row for it more than once a second', async () => {
    const [a, b] = [await scene.newWorker(), await scene.newWorker()];
    const key = `quiet:${randomUUID()}`;
    const version = async (): Promise<unknown> =>
      rival.query('SELECT ctid, waiting FROM typeflow.slot_lease WHERE key = $1', [key]);
    await stores[0].leaseSlots({ workerId: a, turn: 0, demands: [{ key, limit: 1, want: 1 }] });
    const demands = [{ key, limit: 1, want: 1 }];
    await stores[1].leaseSlots({ workerId: b, turn: 0, demands });
    const before = await version();
    await stores[1].leaseSlots({ workerId: b, turn: 0, demands });
    expect(await version()).toEqual(before);
  });

  /** Resolves once a statement waits for a lock that somebody else holds. */
  async function someoneWaits(): Promise<void> {
    const sql = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    for (;;) {
      const [row] = await rival.query(sql);
      if (row.n > 0) return;
    }
  }
});
