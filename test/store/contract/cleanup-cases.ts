import type { DeletedRuns, RunPosition } from '../../../src/store/delete-runs';
import type { FinalRunStatus } from '../../../src/core/statuses';
import { aNode, aRecord, finish, first } from './fixtures';
import type { Scene } from './fixtures';

const NOW = { COMPLETED: 0, FAILED: 0, CANCELLED: 0 } as const;
const HOUR_MS = 3_600_000;

export function describeCleanup(scene: () => Scene): void {
  const ended = async (workerId: string, status: FinalRunStatus = 'COMPLETED', key?: string): Promise<string> => {
    const { store, ownedRun } = scene();
    const run = await ownedRun(workerId, { idempotencyKey: key });
    await store.record(aRecord(run, { nodes: [aNode(), aNode({ node: 'each', index: 3 })], run: finish(status) }));
    return run.runId;
  };
  const remaining = async (): Promise<ReadonlySet<string>> => {
    const { store, queue } = scene();
    return new Set((await store.listRuns({ queue, limit: 1_000 })).items.map(({ id }) => id));
  };
  /** All batches of one round: how many runs each of them deleted. */
  const cleanUp = async (ages: Partial<Record<FinalRunStatus, number>>, limit = 1_000): Promise<readonly number[]> => {
    const deleted: number[] = [];
    for (let after: RunPosition | undefined; ;) {
      const batch: DeletedRuns = await scene().store.deleteRuns({ ages, limit, after });
      deleted.push(batch.deleted);
      if (batch.next === undefined) return deleted;
      after = batch.next;
    }
  };

  describe('deleting old runs', () => {
    // Cases share the store's runs, so each begins with none that is over.
    beforeEach(async () => void (await cleanUp(NOW)));

    it('takes runs that are over, by status, with their nodes, and knows nothing of them any more', async () => {
      const { store, newWorker } = scene();
      const workerId = await newWorker();
      const completed = await ended(workerId);
      const failed = await ended(workerId, 'FAILED');
      expect(await cleanUp({ COMPLETED: 0 })).toEqual([1]);
      expect(await remaining()).toEqual(new Set([failed]));
      expect(await store.findRun({ runId: completed })).toBeUndefined();
      expect(await store.findFinal({ runIds: [completed] })).toEqual({ final: [], unknown: [completed] });
      expect((await store.findRun({ runId: failed }))?.nodes).toHaveLength(2);
      expect(await cleanUp({ FAILED: 0, CANCELLED: 0 })).toEqual([1]);
      expect(await remaining()).toEqual(new Set());
    });

    it('keeps runs that ended too short a time ago', async () => {
      const { newWorker } = scene();
      const workerId = await newWorker();
      const completed = await ended(workerId);
      await ended(workerId, 'FAILED');
      expect(await cleanUp({ COMPLETED: HOUR_MS, CANCELLED: 2 * HOUR_MS })).toEqual([0]);
      // The age of one status does not count for another.
      expect(await cleanUp({ COMPLETED: HOUR_MS, FAILED: 0 })).toEqual([1]);
      expect(await remaining()).toEqual(new Set([completed]));
    });

    it('deletes nothing when no status has an age', async () => {
      const { newWorker } = scene();
      await ended(await newWorker());
      expect(await cleanUp({})).toEqual([0]);
      expect((await remaining()).size).toBe(1);
    });

    it('never takes a run that is not over, or was retried', async () => {
      const { store, newRun, newWorker, ownedRun, poll } = scene();
      const workerId = await newWorker();
      const parked = await ownedRun(workerId);
      await store.record(aRecord(parked, { nodes: [aNode()], run: { kind: 'park', wakeDelayMs: HOUR_MS } }));
      const running = await ownedRun(workerId);
      const pending = await store.createRun(newRun({ startDelayMs: HOUR_MS }));
      const retried = await ended(workerId, 'FAILED');
      await store.retryRun({ runId: retried, reset: [] });
      expect(await cleanUp(NOW)).toEqual([0]);
      expect(await remaining()).toEqual(new Set([parked.runId, running.runId, pending.id, retried]));
      // It may go once it is over again, with the records of both generations.
      const again = first((await poll(workerId)).claimed);
      await store.record(aRecord({ runId: retried, epoch: again.epoch }, { generation: 2, run: finish() }));
      expect(await cleanUp(NOW)).toEqual([1]);
    });

    it('gives the idempotency key free', async () => {
      const { store, newRun, newWorker } = scene();
      await ended(await newWorker(), 'COMPLETED', 'once');
      const other = newRun({ idempotencyKey: 'once', inputHash: 'another' });
      expect(await store.createRun(other)).toMatchObject({ kind: 'conflict' });
      await cleanUp(NOW);
      expect(await store.createRun(other)).toMatchObject({ kind: 'created' });
    });

    it('goes on from batch to batch, and past runs that are kept', async () => {
      const { newWorker } = scene();
      const workerId = await newWorker();
      const kept: string[] = [];
      for (let i = 0; i < 11; i += 1) kept.push(await ended(workerId, 'FAILED'));
      for (let i = 0; i < 3; i += 1) await ended(workerId);
      for (let i = 0; i < 2; i += 1) kept.push(await ended(workerId, 'FAILED'));
      // The first batch looks at ten runs, all of which are kept.
      const batches = await cleanUp({ COMPLETED: 0 }, 1);
      expect(batches[0]).toBe(0);
      expect(batches.filter((deleted) => deleted > 0)).toEqual([1, 1, 1]);
      expect(await remaining()).toEqual(new Set(kept));
    });
  });

  describe('taking turns', () => {
    it('gives a round to one worker, and tells the others when the next one is due', async () => {
      const { store, other, newWorker } = scene();
      const [one, two] = [await newWorker(), await newWorker()];
      // Whatever the cases before did, a round every 0 ms is always due.
      expect(await store.beginCleanup({ workerId: one, everyMs: 0 })).toEqual({ isMine: true, nextMs: 0 });
      const refused = await other.beginCleanup({ workerId: two, everyMs: HOUR_MS });
      expect(refused.isMine).toBe(false);
      expect(refused.nextMs).toBeGreaterThan(HOUR_MS - 60_000);
      expect(refused.nextMs).toBeLessThanOrEqual(HOUR_MS);
    });

    it('gives none to a worker that is gone', async () => {
      const { store, newWorker } = scene();
      const workerId = await newWorker();
      await store.deregisterWorker({ workerId });
      expect(await store.beginCleanup({ workerId, everyMs: 0 })).toMatchObject({ isMine: false });
    });
  });
}
