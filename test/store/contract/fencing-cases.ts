import { aNode, aRecord, finish, newId } from './fixtures';
import type { Scene } from './fixtures';

interface Stale {
  readonly runId: string;
  readonly epoch: number;
}

/** How a worker comes to hold a claim that no longer counts. */
export const LOSSES: Readonly<Record<string, (scene: Scene) => Promise<Stale>>> = {
  'has another epoch': async ({ newWorker, ownedRun }) => {
    const run = await ownedRun(await newWorker());
    return { ...run, epoch: run.epoch + 1 };
  },
  'was taken over': async ({ store, newWorker, ownedRun, poll }) => {
    const leaving = await newWorker();
    const run = await ownedRun(leaving);
    await store.deregisterWorker({ workerId: leaving });
    await poll(await newWorker());
    return run;
  },
  'is COMPLETED': async ({ store, newWorker, ownedRun }) => {
    const run = await ownedRun(await newWorker());
    await store.record(aRecord(run, { run: finish() }));
    return run;
  },
  'was CANCELLED': async ({ store, newWorker, ownedRun }) => {
    const run = await ownedRun(await newWorker());
    await store.requestCancel({ runId: run.runId });
    await store.record(aRecord(run, { run: finish('CANCELLED', true) }));
    return run;
  },
  'was released': async ({ store, newWorker, ownedRun }) => {
    const run = await ownedRun(await newWorker());
    await store.record(aRecord(run, { run: { kind: 'release' } }));
    return run;
  },
  'was parked': async ({ store, newWorker, ownedRun }) => {
    const run = await ownedRun(await newWorker());
    await store.record(aRecord(run, { run: { kind: 'park', wakeDelayMs: 60_000 } }));
    return run;
  },
  'was retried': async ({ store, newWorker, ownedRun, poll }) => {
    const workerId = await newWorker();
    const run = await ownedRun(workerId);
    await store.record(aRecord(run, { run: finish('FAILED') }));
    await store.retryRun({ runId: run.runId, reset: [] });
    await poll(workerId);
    return run;
  },
};

const WRITES = {
  'a node': { nodes: [aNode({ node: 'late' })] },
  'a finish': { run: finish('FAILED') },
  'an acknowledged finish': { run: finish('CANCELLED', true) },
  'a park': { run: { kind: 'park', wakeDelayMs: 0 } },
  'a release': { run: { kind: 'release' } },
  'a refusal': { nodes: [aNode({ node: 'late' })], run: { kind: 'release', refusedBy: 'stale' } },
} as const;

export function describeFencing(scene: () => Scene): void {
  describe('a stale worker', () => {
    for (const [loss, lose] of Object.entries(LOSSES)) {
      it.each(Object.entries(WRITES))(`changes nothing by %s, when its run ${loss}`, async (_, write) => {
        const { store } = scene();
        const stale = await lose(scene());
        const before = await store.findRun({ runId: stale.runId });
        expect(await store.record(aRecord(stale, write))).toEqual({ kind: 'lost' });
        expect(await store.findRun({ runId: stale.runId })).toEqual(before);
      });
    }

    it('hears that a run that never was is lost', async () => {
      const { store } = scene();
      expect(await store.record(aRecord({ runId: newId(), epoch: 1 }, { nodes: [aNode()] }))).toEqual({ kind: 'lost' });
    });

    it('does not spoil the records that travel with its own', async () => {
      const { store, newWorker, ownedRun } = scene();
      const workerId = await newWorker();
      const good = await ownedRun(workerId);
      const bad = await ownedRun(workerId);
      const results = await Promise.all([
        store.record(aRecord({ ...bad, epoch: 9 }, { nodes: [aNode()] })),
        store.record(aRecord(good, { nodes: [aNode()] })),
      ]);
      expect(results.map((result) => result.kind)).toEqual(['lost', 'recorded']);
    });
  });
}
