import { randomUUID } from 'node:crypto';
import type { StoredWorker } from '../../../src/store/list-workers';
import { aNode, aRecord, finish, LEASE_MS, newId } from './fixtures';
import type { Scene } from './fixtures';

export function describeWorkers(scene: () => Scene, { hasLeases }: { readonly hasLeases: boolean }): void {
  const find = async (workerId: string, include: readonly string[] = []): Promise<StoredWorker | undefined> =>
    (await scene().other.listWorkers({ include })).workers.find(({ id }) => id === workerId);

  describe('listing workers', () => {
    it('tells what each of them serves, and since when', async () => {
      const { store } = scene();
      const workerId = randomUUID();
      const before = (await store.listWorkers({})).now;
      const announced = { queues: ['a', 'b'], workflows: ['orders', 'invoices'], label: 'host:1' };
      await store.registerWorker({ workerId, leaseMs: LEASE_MS, ...announced });
      const found = await find(workerId);
      expect(found).toMatchObject({ ...announced, isAlive: true });
      const { now } = await store.listWorkers({});
      expect(found?.registeredAt).toBeGreaterThanOrEqual(before);
      expect(found?.seenAt).toBeLessThanOrEqual(now);
      if (hasLeases) expect(found?.leaseUntil).toBe((found?.registeredAt ?? 0) + LEASE_MS);
      else expect(found?.leaseUntil).toBeUndefined();
      await store.deregisterWorker({ workerId });
    });

    it('notes that it heard of one', async () => {
      const { store, newWorker } = scene();
      const workerId = await newWorker();
      const seenAt = (await find(workerId))?.seenAt ?? Infinity;
      while ((await store.listWorkers({})).now <= seenAt) await new Promise((resolve) => setTimeout(resolve, 1));
      await store.poll({ workerId, leaseMs: LEASE_MS });
      expect((await find(workerId))?.seenAt).toBeGreaterThan(seenAt);
    });

    it('leaves out who said goodbye', async () => {
      const { store, newWorker } = scene();
      const workerId = await newWorker();
      await store.deregisterWorker({ workerId });
      expect(await find(workerId)).toBeUndefined();
    });

    if (!hasLeases) return;

    it('shows one whose lease has ended as not alive, and one that was declared dead only when asked for it', async () => {
      const { store, newWorker } = scene();
      const workerId = await newWorker();
      await store.poll({ workerId, leaseMs: -1_000 });
      const silent = await find(workerId);
      expect(silent?.isAlive).toBe(false);
      expect(silent?.leaseUntil).toBeLessThan(silent?.seenAt ?? 0);
      await store.poll({ workerId: await newWorker(), leaseMs: LEASE_MS });
      expect(await find(workerId)).toBeUndefined();
      expect(await find(workerId, [workerId, 'no id'])).toMatchObject({ isAlive: false });
    });
  });

  describe('counting the runs before one', () => {
    it('counts due runs of its queue that a claim takes first', async () => {
      const { store, newRun, newWorker, ownedRun } = scene();
      const urgent = await store.createRun(newRun({ priority: 10 }));
      const one = await store.createRun(newRun());
      const two = await store.createRun(newRun());
      await store.createRun(newRun({ priority: 20, startDelayMs: 3_600_000 }));
      await store.createRun(newRun({ priority: 20, queue: `q-${randomUUID()}` }));
      await store.createRun(newRun({ priority: 20, workflow: 'unserved' }));
      await store.createRun(newRun({ priority: 5, workflow: 'invoices' }));
      await ownedRun(await newWorker(), { priority: 20 });
      const before = (run: { readonly id: string }, limit = 100): Promise<number> =>
        store.countBefore({ runId: run.id, workflows: ['orders', 'invoices'], limit });
      expect(await before(urgent)).toBe(0);
      expect([await before(one), await before(two)].sort()).toEqual([2, 3]);
      expect(Math.max(await before(one, 1), await before(two, 1))).toBe(1);
    });

    it('is 0 for a run that nobody could claim', async () => {
      const { store, newRun, newWorker, ownedRun } = scene();
      await store.createRun(newRun());
      const done = await ownedRun(await newWorker());
      await store.record(aRecord(done, { nodes: [aNode()], run: finish() }));
      for (const runId of [done.runId, newId(), 'nonsense']) {
        expect(await store.countBefore({ runId, workflows: ['orders'], limit: 10 })).toBe(0);
      }
    });
  });
}
