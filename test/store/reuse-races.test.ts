import { systemClock } from '../../src/runner/system-clock';
import { createStore } from '../../src/store/open-store';
import type { ReuseRunParams } from '../../src/store/reuse';
import type { Store } from '../../src/store/store';
import { ReuseTable } from '../../src/store/typeorm/reuse-table';
import { Resender } from '../../src/store/typeorm/resender';
import { buildStatements } from '../../src/store/typeorm/sql/statements';
import type { TypeormStore } from '../../src/store/typeorm/typeorm-store';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { aFlow, aNode, aRecord, finish, sceneOf } from './contract/fixtures';
import type { Scene } from './contract/fixtures';

/** Runs that take over records while something happens to those that have them, on a real server. */
describe('races for the records of another run', () => {
  let database: TestDatabase;
  let stores: readonly [Store, Store];
  let scene: Scene;

  beforeAll(async () => {
    database = await createTestDatabase();
    stores = [createStore(database.url, { clock: systemClock }), createStore(database.url, { clock: systemClock })];
    await Promise.all(stores.map((store) => store.open()));
    scene = sceneOf({ store: stores[0], other: stores[1] });
  });

  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await database.drop();
  });

  const fork = (runId: string, generation = 1): ReuseRunParams => {
    const { input: _, ...params } = scene.newRun();
    const from = {
      runId,
      generation,
      nodes: ['pay', 'm', 'main'],
      instances: [],
      instanceStatuses: [],
      flowShape: 's',
    };
    return { ...params, from };
  };
  const ended = async (workerId: string, status: 'COMPLETED' | 'FAILED'): Promise<string> => {
    const run = await scene.ownedRun(workerId);
    const map = [
      aNode({ node: 'm', output: undefined, elements: 2 }),
      ...[0, 1].map((index) => aNode({ node: 'm', index })),
    ];
    await scene.store.record(aRecord(run, { nodes: [aNode(), ...map] }));
    const flow = status === 'COMPLETED' ? [aFlow({ isFirst: true })] : [];
    await scene.store.record(aRecord(run, { nodes: flow, run: finish(status) }));
    return run.runId;
  };
  const kept = async (runId: string): Promise<number> => (await scene.store.findRun({ runId }))?.nodes.length ?? -1;

  it('of 200 forks against cleanups, every one has all records or is not there', async () => {
    const workerId = await scene.newWorker();
    const outcomes = new Map<string, number>();
    for (let round = 0; round < 200; round += 1) {
      const runId = await ended(workerId, 'COMPLETED');
      const params = fork(runId);
      // Which of the two is sent first changes with every round.
      const clean = (): Promise<unknown> => scene.other.deleteRuns({ ages: { COMPLETED: 0 }, limit: 10 });
      const [created] =
        round % 2
          ? await Promise.all([scene.store.reuses.create(params), clean()])
          : ((await Promise.all([clean(), scene.store.reuses.create(params)])).reverse() as [
              Awaited<ReturnType<Store['reuses']['create']>>,
            ]);
      expect(await kept(params.id)).toBe(created.kind === 'created' ? 5 : -1);
      expect(['created', 'source-unknown']).toContain(created.kind);
      outcomes.set(created.kind, (outcomes.get(created.kind) ?? 0) + 1);
    }
    // Both must have happened, or nothing raced.
    expect([...outcomes.keys()].sort()).toEqual(['created', 'source-unknown']);
  });

  it('of 200 forks against retries, every one has all records of before, or is told that they are others', async () => {
    const workerId = await scene.newWorker();
    const outcomes = new Map<string, number>();
    for (let round = 0; round < 200; round += 1) {
      const runId = await ended(workerId, 'FAILED');
      const params = fork(runId);
      const retry = (): Promise<unknown> => scene.other.retryRun({ runId, reset: ['pay', 'm'] });
      const forked = round % 2 ? scene.store.reuses.create(params) : undefined;
      const retried = retry();
      const created = await (forked ?? scene.store.reuses.create(params));
      await retried;
      expect(await kept(params.id)).toBe(created.kind === 'created' ? 4 : -1);
      outcomes.set(created.kind, (outcomes.get(created.kind) ?? 0) + 1);
      const again = fork(runId, 2);
      expect(await scene.store.reuses.create(again)).toMatchObject({ kind: 'created' });
      expect(await kept(again.id)).toBe(0);
    }
    expect([...outcomes.keys()].every((kind) => kind === 'created' || kind === 'source-changed')).toBe(true);
  });

  it('copies a map of 20,000 elements within the database', async () => {
    const run = await scene.ownedRun(await scene.newWorker());
    const whole = aNode({ node: 'm', output: undefined, elements: 20_000 });
    const instances = Array.from({ length: 20_000 }, (_, index) => aNode({ node: 'm', index }));
    for (let at = 0; at < instances.length; at += 2_000)
      await scene.store.record(
        aRecord(run, { nodes: [...(at === 0 ? [whole] : []), ...instances.slice(at, at + 2_000)] }),
      );
    const [outline] = await scene.store.reuses.outline({ runIds: [run.runId] });
    expect(outline?.records).toHaveLength(2);
    const params = fork(run.runId);
    await scene.store.reuses.create(params);
    expect(await kept(params.id)).toBe(20_001);
  });

  it('is made once when the answer was lost, and says again that it was created', async () => {
    const typeorm = stores[0] as TypeormStore;
    let sent = 0;
    const reuses = new ReuseTable({
      clock: systemClock,
      query: async (text, values) => {
        const rows = await typeorm.dataSource.query(text, [...values]);
        if ((sent += 1) === 1) throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
        return rows;
      },
      resender: new Resender({ clock: systemClock }),
      sql: buildStatements('typeflow'),
      hints: {
        tell: { work: () => undefined, attention: () => undefined, look: () => undefined },
        workWithin: async () => undefined,
      },
    });
    const params = fork(await ended(await scene.newWorker(), 'COMPLETED'));
    expect(await reuses.create(params)).toMatchObject({ kind: 'created', id: params.id });
    expect([sent, await kept(params.id)]).toEqual([3, 5]);
  });

  it('belongs to the transaction of its caller', async () => {
    const typeorm = stores[0] as TypeormStore;
    const params = fork(await ended(await scene.newWorker(), 'COMPLETED'));
    const rolledBack = typeorm.dataSource.transaction(async (manager) => {
      await typeorm.reuses.create({ ...params, manager });
      throw new Error('no');
    });
    await expect(rolledBack).rejects.toThrow('no');
    expect(await kept(params.id)).toBe(-1);
    await typeorm.dataSource.transaction((manager) => typeorm.reuses.create({ ...params, manager }));
    expect(await kept(params.id)).toBe(5);
  });
});
