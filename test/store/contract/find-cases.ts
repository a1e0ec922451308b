import { aNode, aRecord, finish, newId } from './fixtures';
import type { Scene } from './fixtures';

/** @param hasSealedErrors their messages cannot be looked into */
export function describeFinding(scene: () => Scene, { hasSealedErrors = false }): void {
  describe('finding runs', () => {
    it('does not know a run that never was', async () => {
      expect(await scene().store.findRun({ runId: newId() })).toBeUndefined();
    });

    it.each(['', 'nonsense', "'; DROP TABLE run; --"])('knows no run by what is no id (%j)', async (runId) => {
      const { store } = scene();
      expect(await store.findRun({ runId })).toBeUndefined();
      expect(await store.requestCancel({ runId })).toBe('unknown');
      expect(await store.retryRun({ runId, reset: [] })).toEqual({ kind: 'unknown' });
      expect(await store.findFinal({ runIds: [runId] })).toEqual({ final: [], unknown: [runId] });
    });

    it('tells which runs are over, and which do not exist', async () => {
      const { store, newRun, newWorker, ownedRun } = scene();
      const workerId = await newWorker();
      const done = await ownedRun(workerId);
      const failed = await ownedRun(workerId);
      await store.record(aRecord(done, { nodes: [aNode()], run: { ...finish(), output: 'null' } as never }));
      await store.record(aRecord(failed, { run: finish('FAILED') }));
      const pending = await store.createRun(newRun());
      const unknown = newId();
      const found = await store.findFinal({ runIds: [done.runId, failed.runId, pending.id, unknown] });
      expect(found.unknown).toEqual([unknown]);
      const byId = new Map(found.final.map((run) => [run.id, run]));
      expect(byId.size).toBe(2);
      expect(byId.get(done.runId)).toMatchObject({
        workflow: 'orders',
        status: 'COMPLETED',
        output: 'null',
        error: undefined,
      });
      expect(byId.get(failed.runId)).toMatchObject({ status: 'FAILED', output: undefined });
      expect(JSON.parse(byId.get(failed.runId)?.error ?? '')).toEqual({ name: 'Error', message: 'Card declined' });
    });

    it('lists pages, newest first, without nodes', async () => {
      const { store, newRun, queue } = scene();
      const ids: string[] = [];
      for (let i = 0; i < 5; i += 1) ids.push((await store.createRun(newRun())).id);
      const all = await store.listRuns({ queue, limit: 5 });
      expect(all.hasMore).toBe(false);
      expect(new Set(all.items.map((run) => run.id))).toEqual(new Set(ids));
      const firstPage = await store.listRuns({ queue, limit: 3 });
      const last = firstPage.items[2];
      const second = await store.listRuns({
        queue,
        limit: 3,
        after: { createdAt: last?.createdAt ?? 0, id: last?.id ?? '' },
      });
      expect([firstPage.hasMore, second.hasMore]).toEqual([true, false]);
      expect([...firstPage.items, ...second.items]).toEqual(all.items);
      expect(all.items.every((run) => run.nodes.length === 0)).toBe(true);
    });

    it('filters by every field, all of which must hold', async () => {
      const { store, newRun, newWorker, ownedRun, queue } = scene();
      const failed = await ownedRun(await newWorker(), { tags: ['a', 'b'] });
      await store.record(aRecord(failed, { run: finish('FAILED') }));
      const other = await store.createRun(newRun({ workflow: 'invoices', flow: 'send', tags: ['b'] }));
      const list = async (filter: object): Promise<readonly string[]> =>
        (await store.listRuns({ queue, limit: 10, ...filter })).items.map((run) => run.id);
      expect(await list({ workflow: 'invoices' })).toEqual([other.id]);
      expect(await list({ flow: 'main' })).toEqual([failed.runId]);
      expect(await list({ status: ['FAILED', 'CANCELLED'] })).toEqual([failed.runId]);
      expect(await list({ status: ['PENDING'], flow: 'main' })).toEqual([]);
      expect(await list({ tags: ['b', 'a'] })).toEqual([failed.runId]);
      if (!hasSealedErrors) expect(await list({ text: 'CARD decl' })).toEqual([failed.runId]);
      if (!hasSealedErrors) expect(await list({ text: '%' })).toEqual([]);
      expect(await list({ workflow: "x' OR true --" })).toEqual([]);
      const hourMs = 3_600_000;
      expect(await list({ createdAfter: new Date(Date.now() + hourMs) })).toEqual([]);
      expect(await list({ createdBefore: new Date(Date.now() - hourMs) })).toEqual([]);
      expect(
        await list({ createdAfter: new Date(Date.now() - hourMs), createdBefore: new Date(Date.now() + hourMs) }),
      ).toHaveLength(2);
    });
  });
}
