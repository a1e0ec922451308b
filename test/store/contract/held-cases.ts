import { randomUUID } from 'node:crypto';
import type { HoldRunParams } from '../../../src/store/held-runs';
import { newId } from './fixtures';
import type { Scene } from './fixtures';

export function describeHeldRuns(scene: () => Scene): void {
  const heldRun = (overrides: Partial<HoldRunParams> = {}): HoldRunParams => ({
    ...scene().newRun(),
    flow: '',
    fingerprint: '',
    ...overrides,
  });
  const released = (runId: string) => ({
    runId,
    workflow: 'orders',
    version: '2',
    flow: 'main',
    fingerprint: 'f1',
    queue: scene().queue,
    input: '{"total":2}',
    inputHash: 'h2',
  });

  describe('a held run', () => {
    it('is PENDING, due at no instant, and claimed by nobody', async () => {
      const { store, other, newWorker, poll } = scene();
      const params = heldRun({ tags: ['vip'], priority: 3 });
      expect(await store.held.hold(params)).toEqual({ kind: 'created', id: params.id });
      const run = await other.findRun({ runId: params.id });
      expect(run).toMatchObject({ status: 'PENDING', flow: '', tags: ['vip'], priority: 3, input: params.input });
      expect(run?.wakeAt).toBeUndefined();
      const { claimed, nextDueMs } = await poll(await newWorker());
      expect({ claimed, nextDueMs }).toEqual({ claimed: [], nextDueMs: undefined });
    });

    it('is claimed once it is released, with what it was released with', async () => {
      const { store, other, newWorker, poll } = scene();
      const params = heldRun();
      await store.held.hold(params);
      expect(await other.held.release(released(params.id))).toEqual({ kind: 'released' });
      const { claimed } = await poll(await newWorker());
      expect(claimed).toMatchObject([
        { id: params.id, flow: 'main', version: '2', fingerprint: 'f1', input: '{"total":2}', epoch: 1 },
      ]);
    });

    it('is released once: whoever comes later is told how it stands', async () => {
      const { store, other } = scene();
      const params = heldRun();
      await store.held.hold(params);
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, i) => (i % 2 ? store : other).held.release(released(params.id))),
      );
      expect(answers.filter(({ kind }) => kind === 'released')).toHaveLength(1);
      expect(answers.filter(({ kind }) => kind === 'refused')).toHaveLength(7);
      expect(await store.held.release(released(params.id))).toEqual({ kind: 'refused', status: 'PENDING' });
      expect(await store.held.release(released(newId()))).toEqual({ kind: 'unknown' });
      expect(await store.held.release(released('no-uuid'))).toEqual({ kind: 'unknown' });
    });

    it('is cancelled at once, and then not released', async () => {
      const { store } = scene();
      const params = heldRun();
      await store.held.hold(params);
      expect(await store.requestCancel({ runId: params.id })).toBe('accepted');
      expect(await store.held.release(released(params.id))).toEqual({ kind: 'refused', status: 'CANCELLED' });
    });

    it('is found by its key, and conflicts while it is held and something differs', async () => {
      const { store, other } = scene();
      const idempotencyKey = randomUUID();
      const params = heldRun({ idempotencyKey });
      await store.held.hold(params);
      const again = (overrides: Partial<HoldRunParams>) =>
        other.held.hold(heldRun({ idempotencyKey, queue: params.queue, ...overrides }));
      expect(await again({})).toEqual({ kind: 'exists', id: params.id });
      expect(await again({ flow: 'main' })).toEqual({ kind: 'conflict', id: params.id, differs: 'flow' });
      expect(await again({ inputHash: 'h9' })).toMatchObject({ kind: 'conflict', id: params.id, differs: 'input' });
      await store.held.release(released(params.id));
      expect(await again({})).toEqual({ kind: 'exists', id: params.id });
      const ofOther = heldRun({ id: params.id, workflow: 'bills' });
      expect(await other.held.hold(ofOther)).toEqual({ kind: 'conflict', id: params.id, differs: 'workflow' });
    });
  });

  describe('counting queues', () => {
    it('tells what is due and since when, what is for later, what runs and what is held', async () => {
      const { store, queue, newRun, newWorker, ownedRun } = scene();
      const before = Date.now();
      await ownedRun(await newWorker());
      await store.createRun(newRun());
      await store.createRun(newRun({ startDelayMs: 60_000 }));
      await store.held.hold(heldRun());
      await store.held.hold(heldRun());
      const use = (await store.queues.list()).find((one) => one.queue === queue);
      expect(use).toEqual({ queue, due: 1, later: 1, running: 1, held: 2, oldestDueAt: expect.any(Number) });
      expect(Math.abs((use?.oldestDueAt ?? 0) - before)).toBeLessThan(60_000);
    });

    it('leaves out queues whose runs are all over', async () => {
      const { store, queue, newRun } = scene();
      const params = newRun();
      await store.createRun(params);
      await store.requestCancel({ runId: params.id });
      expect((await store.queues.list()).map((one) => one.queue)).not.toContain(queue);
    });
  });
}
