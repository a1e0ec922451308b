import { aNode, aRecord, finish, first, newId } from './fixtures';
import type { Scene } from './fixtures';

export function describeCancelling(scene: () => Scene): void {
  describe('cancelling', () => {
    it('ends a run at once that nobody has begun', async () => {
      const { store, newRun } = scene();
      const { id } = await store.createRun(newRun({ startDelayMs: 60_000 }));
      expect(await store.requestCancel({ runId: id, reason: 'changed my mind' })).toBe('accepted');
      expect(await store.findRun({ runId: id })).toMatchObject({
        status: 'CANCELLED',
        isCancelRequested: true,
        cancelReason: 'changed my mind',
        wakeAt: undefined,
      });
    });

    it('ends a run at once that was given back before any node had a record', async () => {
      const { store, newWorker, ownedRun, status } = scene();
      const run = await ownedRun(await newWorker());
      await store.record(aRecord(run, { run: { kind: 'release' } }));
      await store.requestCancel({ runId: run.runId });
      expect(await status(run.runId)).toBe('CANCELLED');
    });

    it('tells the owner through the inbox, and keeps the first reason', async () => {
      const { store, newWorker, ownedRun, status } = scene();
      const run = await ownedRun(await newWorker());
      await store.requestCancel({ runId: run.runId, reason: 'first' });
      await store.requestCancel({ runId: run.runId, reason: 'second' });
      expect(await status(run.runId)).toBe('RUNNING');
      expect(await store.record(aRecord(run))).toMatchObject({
        isCancelRequested: true,
        cancelReason: 'first',
        applied: true,
      });
    });

    it('wakes a parked run that has records', async () => {
      const { store, newWorker, ownedRun, poll } = scene();
      const workerId = await newWorker();
      const run = await ownedRun(workerId);
      await store.record(aRecord(run, { nodes: [aNode()], run: { kind: 'park' } }));
      await store.requestCancel({ runId: run.runId, reason: 'r' });
      expect(first((await poll(workerId)).claimed)).toMatchObject({
        isCancelRequested: true,
        cancelReason: 'r',
        inbox: 1,
      });
    });

    it('has no effect on a final run, and knows unknown ones', async () => {
      const { store, newWorker, ownedRun } = scene();
      const run = await ownedRun(await newWorker());
      await store.record(aRecord(run, { run: finish() }));
      expect(await store.requestCancel({ runId: run.runId })).toBe('final');
      expect(await store.findRun({ runId: run.runId })).toMatchObject({
        status: 'COMPLETED',
        isCancelRequested: false,
      });
      expect(await store.requestCancel({ runId: newId() })).toBe('unknown');
    });
  });
}

export function describeRetrying(scene: () => Scene): void {
  describe('retrying', () => {
    it('puts a failed run back under a new generation and keeps what is COMPLETED', async () => {
      const { store, newWorker, ownedRun, poll } = scene();
      const workerId = await newWorker();
      const run = await ownedRun(workerId, { idempotencyKey: newId() });
      const attempts = [{ attempt: 1, outcome: 'failed', generation: 1, startedAt: 1, finishedAt: 2 }] as const;
      const nodes = [
        aNode({ node: 'good' }),
        aNode({ node: 'bad', status: 'FAILED', output: undefined, error: '{"message":"x"}', attempts }),
        aNode({ node: 'after', status: 'SKIPPED', output: undefined, attempt: 0, reason: { code: 'wind-down' } }),
      ];
      await store.record(aRecord(run, { nodes, run: finish('FAILED') }));
      expect(await store.retryRun({ runId: run.runId, reset: [] })).toEqual({ kind: 'retried', generation: 2 });
      const claimed = first((await poll(workerId)).claimed);
      expect(claimed).toMatchObject({ generation: 2, crashes: 0, isCancelRequested: false });
      const byName = new Map(claimed.nodes.map((node) => [node.node, node]));
      expect(byName.get('good')).toMatchObject({ status: 'COMPLETED', output: '"paid"', generation: 1 });
      expect(byName.get('bad')).toMatchObject({
        status: 'PENDING',
        error: undefined,
        attempt: 1,
        attempts,
        resetIn: undefined,
      });
      expect(byName.get('after')).toMatchObject({ status: 'PENDING', reason: undefined });
      expect(await store.findRun({ runId: run.runId })).toMatchObject({ error: undefined, finishedAt: undefined });
    });

    it('resets COMPLETED nodes that are named, and remembers their call and the generation', async () => {
      const { store, newWorker, ownedRun, poll } = scene();
      const workerId = await newWorker();
      const run = await ownedRun(workerId);
      const nodes = [aNode({ node: 'map', index: 0 }), aNode({ node: 'map', index: 1 }), aNode({ node: 'kept' })];
      await store.record(aRecord(run, { nodes, run: finish('FAILED') }));
      await store.retryRun({ runId: run.runId, reset: ['map'] });
      const found = await store.findRun({ runId: run.runId });
      const call = { attempt: 1, outcome: 'completed', generation: 1, startedAt: 1_000, finishedAt: 2_000 };
      for (const node of found?.nodes.filter((one) => one.node === 'map') ?? []) {
        expect(node).toMatchObject({ status: 'PENDING', output: undefined, attempts: [call], resetIn: 2 });
      }
      expect(found?.nodes.find((node) => node.node === 'kept')).toMatchObject({
        status: 'COMPLETED',
        resetIn: undefined,
      });

      const { epoch } = first((await poll(workerId)).claimed);
      const write = aRecord(
        { runId: run.runId, epoch },
        { generation: 2, nodes: [aNode({ node: 'map', index: 0, attempt: 2 })] },
      );
      await store.record(write);
      const again = (await store.findRun({ runId: run.runId }))?.nodes.find(
        (node) => node.node === 'map' && node.index === 0,
      );
      expect(again).toMatchObject({ status: 'COMPLETED', generation: 2, attempt: 2, resetIn: 2 });
    });

    describe('a run that was being undone', () => {
      const undo = (node: string, index: number, status: 'COMPLETED' | 'FAILED') =>
        aNode({
          node,
          index,
          kind: 'compensation',
          status,
          output: undefined,
          error: status === 'FAILED' ? '{}' : undefined,
        });
      const nodes = [
        aNode({ node: 'pay' }),
        aNode({ node: 'pack' }),
        aNode({ node: 'map', elements: 2 }),
        aNode({ node: 'map', index: 0 }),
        aNode({ node: 'map', index: 1 }),
        aNode({ node: 'main', status: 'FAILED', output: undefined, error: '{}' }),
        undo('refund', -1, 'FAILED'),
        undo('unmap', -1, 'COMPLETED'),
        undo('unmap', 1, 'COMPLETED'),
      ];
      const compensations = [
        { name: 'refund', task: 'pay' },
        { name: 'unmap', task: 'map' },
        { name: 'unpack', task: 'pack' },
      ];
      const retried = async (compensationsOnly: boolean) => {
        const { store, newWorker, ownedRun } = scene();
        const run = await ownedRun(await newWorker());
        await store.requestCancel({ runId: run.runId, reason: 'r' });
        await store.record(aRecord(run, { nodes, run: finish('FAILED', true) }));
        await store.retryRun({ runId: run.runId, reset: [], compensations, compensationsOnly });
        const found = await store.findRun({ runId: run.runId });
        const reset = found?.nodes
          .filter(({ status }) => status === 'PENDING')
          .map(({ node, index }) => `${node} ${index}`);
        return { found, reset: reset?.sort() };
      };

      it('does again what a compensation began to undo, each instance for itself', async () => {
        const { found, reset } = await retried(false);
        expect(reset).toEqual(['main -1', 'map -1', 'map 1', 'pay -1', 'refund -1', 'unmap -1', 'unmap 1']);
        expect(found?.nodes.find(({ node }) => node === 'pay')?.resetIn).toBe(2);
        expect(found).toMatchObject({ isCancelRequested: false, generation: 2 });
      });

      it('runs only compensations that did not complete, where that is asked, and stays cancelled', async () => {
        const { found, reset } = await retried(true);
        expect(reset).toEqual(['refund -1']);
        expect(found).toMatchObject({ isCancelRequested: true, cancelReason: 'r', status: 'PENDING' });
      });
    });

    it('clears an accepted cancel and gives the deadline again in full', async () => {
      const { store, newRun } = scene();
      const { id } = await store.createRun(newRun({ deadlineMs: 60_000 }));
      await store.requestCancel({ runId: id, reason: 'r' });
      await store.retryRun({ runId: id, reset: [] });
      const run = await store.findRun({ runId: id });
      expect(run).toMatchObject({ status: 'PENDING', isCancelRequested: false, cancelReason: undefined });
      expect((run?.deadlineAt ?? 0) - (run?.wakeAt ?? 0)).toBe(60_000);
    });

    it('gives the deadline again, and no more, at a second retry', async () => {
      const { store, newRun } = scene();
      const { id } = await store.createRun(newRun({ deadlineMs: 60_000 }));
      for (let retry = 1; retry <= 2; retry += 1) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        await store.requestCancel({ runId: id });
        await store.retryRun({ runId: id, reset: [] });
      }
      const run = await store.findRun({ runId: id });
      expect((run?.deadlineAt ?? 0) - (run?.wakeAt ?? 0)).toBe(60_000);
    });

    it('refuses runs that are not over, or COMPLETED, or unknown', async () => {
      const { store, newWorker, ownedRun } = scene();
      const run = await ownedRun(await newWorker());
      expect(await store.retryRun({ runId: run.runId, reset: [] })).toEqual({ kind: 'refused', status: 'RUNNING' });
      await store.record(aRecord(run, { run: finish() }));
      expect(await store.retryRun({ runId: run.runId, reset: [] })).toEqual({ kind: 'refused', status: 'COMPLETED' });
      expect(await store.retryRun({ runId: newId(), reset: [] })).toEqual({ kind: 'unknown' });
    });
  });
}
