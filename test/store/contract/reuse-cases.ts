import type { ReuseRunParams, ReuseSource } from '../../../src/store/reuse';
import { aFlow, aNode, aRecord, finish, first, newId } from './fixtures';
import type { Scene } from './fixtures';

export function describeReusing(scene: () => Scene): void {
  /** A COMPLETED run of `pay` and `main`, whose flow is recorded by the run's own row where a store does so. */
  const completed = async (workerId: string): Promise<string> => {
    const { store, ownedRun } = scene();
    const run = await ownedRun(workerId, { version: '1', tags: ['eu'], priority: 3, input: 'null' });
    await store.record(aRecord(run, { nodes: [aNode()] }));
    await store.record(aRecord(run, { nodes: [aFlow({ isFirst: true })], run: finish() }));
    return run.runId;
  };
  const aFork = (
    runId: string,
    from: Partial<ReuseSource> = {},
    rest: Partial<ReuseRunParams> = {},
  ): ReuseRunParams => {
    const { input: _, ...params } = scene().newRun();
    const source = {
      nodes: [],
      instances: [],
      instanceStatuses: [],
      flowShape: 's-flow',
      generation: 1,
      runId,
      ...from,
    };
    return { ...params, from: source, ...rest };
  };
  const nodesOf = async (runId: string) => (await scene().store.findRun({ runId }))?.nodes ?? [];

  describe('taking over records of another run', () => {
    it('reads a run without its values', async () => {
      const { store, newWorker } = scene();
      const runId = await completed(await newWorker());
      const [run, ...others] = await store.reuses.outline({ runIds: [runId, newId(), 'no uuid'] });
      expect(others).toEqual([]);
      expect(run).toMatchObject({
        id: runId,
        workflow: 'orders',
        version: '1',
        flow: 'main',
        fingerprint: 'f1',
        status: 'COMPLETED',
        generation: 1,
        priority: 3,
        tags: ['eu'],
        inputHash: 'h1',
      });
      expect(run?.records).toMatchObject([
        { node: 'pay', index: -1, kind: 'task', shape: 's1', status: 'COMPLETED', isArray: false },
        { node: 'main', index: -1, kind: 'flow', status: 'COMPLETED' },
      ]);
      expect(JSON.stringify(run)).not.toContain('paid');
    });

    it('tells of a mapped node the whole, and one of its instances, and which values are arrays', async () => {
      const { store, newWorker, ownedRun } = scene();
      const run = await ownedRun(await newWorker());
      const instances = [2, 0, 1].map((index) => aNode({ node: 'each', index }));
      const nodes = [
        aNode({ output: '[1,2,3]' }),
        aNode({ node: 'each', status: 'RUNNING', output: undefined, elements: 3 }),
        ...instances,
      ];
      await store.record(aRecord(run, { nodes }));
      const [outline] = await store.reuses.outline({ runIds: [run.runId] });
      expect(outline?.records.map(({ node, index, elements, isArray }) => [node, index, elements, isArray])).toEqual(
        expect.arrayContaining([
          ['pay', -1, undefined, true],
          ['each', -1, 3, false],
          ['each', 0, undefined, false],
        ]),
      );
      expect(outline?.records).toHaveLength(3);
    });

    it('creates a run with copies, which tells where they come from and leaves the other as it was', async () => {
      const { store, newWorker, poll } = scene();
      const workerId = await newWorker();
      const runId = await completed(workerId);
      const before = await store.findRun({ runId });
      const params = aFork(runId, { nodes: ['pay'] }, { version: '2', tags: ['us'] });
      expect(await store.reuses.create(params)).toMatchObject({ kind: 'created', id: params.id, owned: false });
      const fork = await store.findRun({ runId: params.id });
      expect(fork).toMatchObject({
        status: 'PENDING',
        version: '2',
        tags: ['us'],
        forkedFrom: runId,
        input: 'null',
        generation: 1,
      });
      expect(fork?.nodes).toMatchObject([
        {
          node: 'pay',
          status: 'COMPLETED',
          output: '"paid"',
          shape: 's1',
          startedAt: 1_000,
          finishedAt: 2_000,
          generation: 1,
          reusedFrom: runId,
        },
      ]);
      expect(await store.findRun({ runId })).toEqual(before);
      const { claimed } = await poll(workerId);
      expect(first(claimed)).toMatchObject({ id: params.id, nodes: [{ node: 'pay', reusedFrom: runId }] });
    });

    it('copies a flow that its run has recorded by itself, and names the run that made it over copies of copies', async () => {
      const { store, newWorker } = scene();
      const runId = await completed(await newWorker());
      const one = aFork(runId, { nodes: ['main', 'pay'] });
      await store.reuses.create(one);
      const two = aFork(one.id, { nodes: ['main', 'pay'] });
      await store.reuses.create(two);
      const flow = { node: 'main', kind: 'flow', status: 'COMPLETED', output: '"done"', attempt: 1, reusedFrom: runId };
      expect(await nodesOf(one.id)).toMatchObject([{ node: 'pay' }, flow]);
      expect(await nodesOf(two.id)).toMatchObject([{ node: 'pay', reusedFrom: runId }, flow]);
      expect((await store.findRun({ runId: two.id }))?.forkedFrom).toBe(one.id);
      expect((await nodesOf(one.id)).map(({ startedAt }) => startedAt)).toEqual([1_000, 1_500]);
    });

    it('takes a new input where one is given, null too', async () => {
      const { store, newWorker } = scene();
      const runId = await completed(await newWorker());
      const params = aFork(runId, {}, { input: '{"total":2}', inputHash: 'h2' });
      await store.reuses.create(params);
      expect((await store.findRun({ runId: params.id }))?.input).toBe('{"total":2}');
      const empty = aFork(params.id, {}, { input: 'null', inputHash: 'h3' });
      await store.reuses.create(empty);
      expect((await store.findRun({ runId: empty.id }))?.input).toBe('null');
    });

    it('copies what is final and not CANCELLED, and of some nodes instances only', async () => {
      const { store, newWorker, ownedRun } = scene();
      const run = await ownedRun(await newWorker());
      const failed = { output: undefined, error: '{"name":"Error","message":"no"}' } as const;
      const skipped = { output: undefined, reason: { code: 'cancel' } } as const;
      const nodes = [
        aNode({ node: 'a' }),
        aNode({ node: 'b', status: 'FAILED', ...failed }),
        aNode({ node: 'c', status: 'CANCELLED', ...skipped }),
        aNode({ node: 'd', status: 'RUNNING', output: undefined }),
        aNode({ node: 'm', status: 'FAILED', output: undefined, elements: 4 }),
        aNode({ node: 'm', index: 0 }),
        aNode({ node: 'm', index: 1, status: 'FAILED', ...failed }),
        aNode({ node: 'm', index: 2, status: 'SKIPPED', ...skipped }),
        aNode({ node: 'm', index: 3 }),
      ];
      await store.record(aRecord(run, { nodes }));
      const kept = async (from: Partial<ReuseSource>): Promise<readonly string[]> => {
        const params = aFork(run.runId, from);
        await store.reuses.create(params);
        return (await nodesOf(params.id)).map(({ node, index }) => (index < 0 ? node : `${node}${index}`)).sort();
      };
      expect(await kept({ nodes: ['a', 'b', 'c', 'd'] })).toEqual(['a', 'b']);
      expect(await kept({ nodes: ['m'] })).toEqual(['m', 'm0', 'm1', 'm2', 'm3']);
      expect(await kept({ instances: [{ node: 'm' }], instanceStatuses: ['COMPLETED'] })).toEqual(['m0', 'm3']);
      const all = ['COMPLETED', 'FAILED', 'SKIPPED'] as const;
      expect(await kept({ instances: [{ node: 'm', except: 3 }], instanceStatuses: all })).toEqual(['m0', 'm1', 'm2']);
    });

    it('creates nothing when the other run is not there, or was retried since', async () => {
      const { store, newWorker, ownedRun, status } = scene();
      const run = await ownedRun(await newWorker());
      await store.record(aRecord(run, { nodes: [aNode()], run: finish('FAILED') }));
      await store.retryRun({ runId: run.runId, reset: ['pay'] });
      const changed = aFork(run.runId, { nodes: ['pay'] });
      expect(await store.reuses.create(changed)).toEqual({ kind: 'source-changed' });
      expect(await store.reuses.create(aFork(newId()))).toEqual({ kind: 'source-unknown' });
      expect(await store.reuses.create(aFork('no uuid'))).toEqual({ kind: 'source-unknown' });
      expect(await status(changed.id)).toBeUndefined();
      const now = aFork(run.runId, { nodes: ['pay'], generation: 2 });
      expect(await store.reuses.create(now)).toMatchObject({ kind: 'created' });
      expect(await nodesOf(now.id)).toEqual([]);
    });

    it('makes one run of many with one key', async () => {
      const { store, other, newWorker } = scene();
      const runId = await completed(await newWorker());
      const idempotencyKey = newId();
      const made = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          (i % 2 ? store : other).reuses.create(aFork(runId, { nodes: ['pay'] }, { idempotencyKey })),
        ),
      );
      expect(made.filter(({ kind }) => kind === 'created')).toHaveLength(1);
      expect(made.filter(({ kind }) => kind === 'exists')).toHaveLength(19);
      const conflict = await store.reuses.create(aFork(runId, {}, { idempotencyKey, inputHash: 'h9' }));
      expect(conflict).toMatchObject({ kind: 'conflict', differs: 'input' });
    });

    it('forgets where a record came from once a retry has reset it', async () => {
      const { store, newWorker, poll } = scene();
      const workerId = await newWorker();
      const params = aFork(await completed(workerId), { nodes: ['pay'] });
      await store.reuses.create(params);
      const claimed = first((await poll(workerId)).claimed);
      const run = { runId: params.id, epoch: claimed.epoch };
      await store.record(aRecord(run, { run: finish('FAILED') }));
      await store.retryRun({ runId: params.id, reset: ['pay'] });
      const [node] = await nodesOf(params.id);
      expect(node).toMatchObject({ node: 'pay', status: 'PENDING' });
      expect(node?.reusedFrom).toBeUndefined();
    });

    it('cancels a run at once that has done nothing but take over', async () => {
      const { store, newWorker, status } = scene();
      const params = aFork(await completed(await newWorker()), { nodes: ['pay'] });
      await store.reuses.create(params);
      expect(await store.requestCancel({ runId: params.id })).toBe('accepted');
      expect(await status(params.id)).toBe('CANCELLED');
    });

    it('holds a run back that is to start later', async () => {
      const { store, newWorker, poll } = scene();
      const workerId = await newWorker();
      const runId = await completed(workerId);
      const params = aFork(runId, {}, { startDelayMs: 3_600_000, deadlineMs: 7_200_000 });
      const created = await store.reuses.create(params);
      const run = await store.findRun({ runId: params.id });
      expect(run?.wakeAt).toBe((run?.createdAt ?? 0) + 3_600_000);
      expect(created).toMatchObject({ deadlineAt: (run?.createdAt ?? 0) + 7_200_000 });
      expect((await poll(workerId)).claimed).toEqual([]);
    });
  });
}
