import { aNode, aRecord, first, LEASE_MS } from './fixtures';
import type { Scene } from './fixtures';

/** Only where leases can end. */
export function describeRecovery(scene: () => Scene): void {
  describe('recovering the runs of a dead worker', () => {
    /** A worker whose lease has just ended. */
    const expire = async (workerId: string): Promise<void> => {
      await scene().store.poll({ workerId, leaseMs: -1_000 });
    };

    it('frees them, charges a crash, and lets another worker go on', async () => {
      const { newWorker, ownedRun, poll } = scene();
      const dead = await newWorker();
      const run = await ownedRun(dead);
      await expire(dead);
      const heir = await newWorker();
      await poll(heir);
      expect(first((await poll(heir)).claimed)).toMatchObject({ id: run.runId, crashes: 1, epoch: 3 });
    });

    it('tells the worker, when it comes back, that it is dead', async () => {
      const { store, newWorker, poll } = scene();
      const dead = await newWorker();
      await expire(dead);
      await poll(await newWorker());
      expect(await store.poll({ workerId: dead, leaseMs: LEASE_MS })).toEqual({ kind: 'dead' });
    });

    it('lets a worker renew that is late, but was not declared dead', async () => {
      const { store, newWorker } = scene();
      const late = await newWorker();
      await expire(late);
      expect(await store.poll({ workerId: late, leaseMs: LEASE_MS })).toMatchObject({ kind: 'alive' });
    });

    it('gives no new run to a worker whose lease has ended', async () => {
      const { store, newWorker, newRun } = scene();
      const late = await newWorker();
      await expire(late);
      expect(await store.createRun(newRun({ claim: { workerId: late } }))).toMatchObject({ owned: false });
    });

    it('forgets crashes when a node is recorded, but not when one is only reported running', async () => {
      const { store, newWorker, ownedRun, poll } = scene();
      const dead = await newWorker();
      const run = await ownedRun(dead);
      await expire(dead);
      const heir = await newWorker();
      await poll(heir);
      const claimed = first((await poll(heir)).claimed);
      const own = { runId: run.runId, epoch: claimed.epoch };
      await store.record(aRecord(own, { nodes: [aNode({ status: 'RUNNING', output: undefined })] }));
      expect((await store.findRun({ runId: run.runId }))?.crashes).toBe(1);
      await store.record(aRecord(own, { nodes: [aNode()], hasCrashes: true }));
      expect((await store.findRun({ runId: run.runId }))?.crashes).toBe(0);
    });
  });
}
