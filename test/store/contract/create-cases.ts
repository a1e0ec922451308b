import { newId } from './fixtures';
import type { Scene } from './fixtures';

export function describeCreating(scene: () => Scene): void {
  describe('creating runs', () => {
    it('leaves a run PENDING for any worker', async () => {
      const { store, newRun } = scene();
      const params = newRun({ tags: ['eu', 'vip, "quoted"'], version: '1.2', idempotencyKey: 'k', parentId: newId() });
      const created = await store.createRun(params);
      expect(created).toMatchObject({ kind: 'created', id: params.id, owned: false, epoch: 0 });
      const run = await store.findRun({ runId: params.id });
      expect(run).toMatchObject({
        status: 'PENDING',
        workflow: 'orders',
        version: '1.2',
        tags: ['eu', 'vip, "quoted"'],
        generation: 1,
        crashes: 0,
        idempotencyKey: 'k',
        parentId: params.parentId,
        refused: [],
        nodes: [],
      });
      expect(run?.owner).toBeUndefined();
      expect(run?.wakeAt).toBe(run?.createdAt);
    });

    it('gives a run to the worker that creates it', async () => {
      const { store, newWorker, newRun } = scene();
      const workerId = await newWorker();
      const created = await store.createRun(newRun({ claim: { workerId } }));
      expect(created).toMatchObject({ kind: 'created', owned: true, epoch: 1 });
      const run = await store.findRun({ runId: created.id });
      expect(run).toMatchObject({ status: 'RUNNING', owner: workerId, epoch: 1 });
      expect(run?.startedAt).toBe(run?.createdAt);
    });

    it('leaves the run PENDING when its creator is no live worker', async () => {
      const { store, newRun, newWorker } = scene();
      const workerId = await newWorker();
      await store.deregisterWorker({ workerId });
      const gone = await store.createRun(newRun({ claim: { workerId } }));
      const never = await store.createRun(newRun({ claim: { workerId: newId() } }));
      expect([gone, never]).toEqual([
        expect.objectContaining({ owned: false, epoch: 0 }),
        expect.objectContaining({ owned: false, epoch: 0 }),
      ]);
    });

    it('makes one run of fifty parallel starts with one key', async () => {
      const { store, other, newRun } = scene();
      const key = newId();
      const starts = Array.from({ length: 50 }, (_, i) =>
        (i % 2 ? store : other).createRun(newRun({ idempotencyKey: key })),
      );
      const created = await Promise.all(starts);
      expect(new Set(created.map((one) => one.id)).size).toBe(1);
      expect(created.filter((one) => one.kind === 'created')).toHaveLength(1);
      expect(created.filter((one) => one.kind === 'exists')).toHaveLength(49);
    });

    it('tells what differs when a key is used for something else', async () => {
      const { store, newRun } = scene();
      const idempotencyKey = newId();
      const { id } = await store.createRun(newRun({ idempotencyKey }));
      const conflicts = [
        await store.createRun(newRun({ idempotencyKey, flow: 'refund' })),
        await store.createRun(newRun({ idempotencyKey, inputHash: 'h2' })),
        await store.createRun(newRun({ id, workflow: 'invoices' })),
      ];
      expect(conflicts).toEqual([
        { kind: 'conflict', id, differs: 'flow' },
        { kind: 'conflict', id, differs: 'input', status: 'PENDING', inputHash: expect.any(String) },
        { kind: 'conflict', id, differs: 'workflow' },
      ]);
    });

    it('keeps keys apart by workflow', async () => {
      const { store, newRun } = scene();
      const idempotencyKey = newId();
      await store.createRun(newRun({ idempotencyKey }));
      const second = await store.createRun(newRun({ idempotencyKey, workflow: 'invoices' }));
      expect(second.kind).toBe('created');
    });

    it('answers a repeated id with the run that has it', async () => {
      const { store, newRun } = scene();
      const params = newRun();
      await store.createRun(params);
      expect(await store.createRun(params)).toEqual({ kind: 'exists', id: params.id, status: 'PENDING' });
    });

    it('holds a delayed run back, whoever creates it', async () => {
      const { store, newRun, newWorker, poll } = scene();
      const workerId = await newWorker();
      const delayed = await store.createRun(newRun({ startDelayMs: 3_600_000, claim: { workerId } }));
      const dated = await store.createRun(newRun({ startAt: Date.now() + 7_200_000, claim: { workerId } }));
      expect([delayed, dated]).toMatchObject([{ owned: false }, { owned: false }]);
      const { claimed, nextDueMs } = await poll(workerId);
      expect(claimed).toEqual([]);
      expect(nextDueMs).toBeGreaterThan(3_500_000);
      expect(nextDueMs).toBeLessThanOrEqual(3_600_000);
    });

    it('wakes a run at its deadline, however late it was to start', async () => {
      const { store, newRun } = scene();
      const { id } = await store.createRun(newRun({ startDelayMs: 3_600_000, deadlineMs: 1_000 }));
      const run = await store.findRun({ runId: id });
      expect(run?.deadlineAt).toBe((run?.createdAt ?? 0) + 1_000);
      expect(run?.wakeAt).toBe(run?.deadlineAt);
    });
  });
}
