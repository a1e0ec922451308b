import type { CallResult } from '../../../src/store/dispatch';
import { claim, claimOf, claimOne, offer, resultOf, VALUE } from './dispatch-fixtures';
import { aNode, aRecord } from './fixtures';
import type { Scene } from './fixtures';

/** Calls that run on another worker than their run's owner. */
export function describeDispatching(scene: () => Scene): void {
  const workerOf = (): Promise<string> => scene().newWorker();

  describe('offering calls', () => {
    it('gives each to one worker, with the input and the records that it needs', async () => {
      const { store, ownedRun } = scene();
      const run = await ownedRun(await workerOf());
      const nodes = [aNode({ node: 'load', output: '{"n":1}' }), aNode({ node: 'other' })];
      await store.record(aRecord(run, { nodes }));
      await offer(
        scene(),
        run,
        { needs: ['load'], failures: 2, attempt: 3, firstStartedAt: 4_000 },
        { node: 'encode', index: 4, needs: ['load'], decisive: { node: 'load', index: 2 } },
      );
      const [one, two] = [await workerOf(), await workerOf()];
      const claims = await Promise.all([claim(scene(), one), claim(scene(), two)]);
      const calls = claims.flat().sort((a, b) => (a.node < b.node ? -1 : 1));
      const common = {
        runId: run.runId,
        workflow: 'orders',
        flow: 'main',
        generation: 1,
        input: '{"total":1}',
        shape: 's1',
      };
      expect(calls).toMatchObject([
        {
          ...common,
          node: 'encode',
          index: 4,
          attempt: 1,
          failures: 0,
          token: 1,
          crashes: 0,
          decisive: { node: 'load', index: 2 },
        },
        { ...common, node: 'render', index: -1, attempt: 3, failures: 2, token: 1, crashes: 0, firstStartedAt: 4_000 },
      ]);
      for (const call of calls) expect(call.upstream).toMatchObject([{ node: 'load', output: '{"n":1}' }]);
    });

    it('gives those of a run with a version to code of that version, or of none', async () => {
      const { ownedRun } = scene();
      const code = (version: string | undefined) => [
        { workflow: 'orders', flow: 'main', node: 'render', shape: 's1', version },
      ];
      const one = await ownedRun(await workerOf(), { version: '1' });
      await offer(scene(), one);
      const remote = await workerOf();
      expect(await claim(scene(), remote, { code: code('2') })).toEqual([]);
      expect(await claim(scene(), remote, { code: [...code('2'), ...code('1')] })).toMatchObject([{ version: '1' }]);
      const two = await ownedRun(await workerOf(), { version: '2' });
      await offer(scene(), two);
      expect(await claim(scene(), remote, { code: code(undefined) })).toMatchObject([{ version: '2' }]);
      await offer(scene(), await ownedRun(await workerOf()));
      expect(await claim(scene(), remote, { code: code('9') })).toHaveLength(1);
    });

    it('is repeatable: the same attempt is one call, whoever has it, and a later one takes its place', async () => {
      const { ownedRun } = scene();
      const run = await ownedRun(await workerOf());
      const remote = await workerOf();
      await offer(scene(), run);
      const offeredAt = async (): Promise<number> =>
        (await scene().store.dispatches.list({ runId: run.runId }))[0]?.offeredAt ?? NaN;
      const firstOfferedAt = await offeredAt();
      expect(firstOfferedAt).toBeGreaterThanOrEqual((await scene().store.findRun(run))?.createdAt ?? NaN);
      const first = await claimOne(scene(), remote);
      expect(await offer(scene(), run)).toBe('offered');
      expect(await offeredAt()).toBe(firstOfferedAt);
      expect(await claim(scene(), remote)).toEqual([]);
      await offer(scene(), run, { attempt: 2 });
      const second = await claimOne(scene(), remote);
      expect(second).toMatchObject({ attempt: 2, failures: 0 });
      expect(second.token).toBeGreaterThan(first.token);
      expect(await scene().store.dispatches.list({ runId: run.runId })).toMatchObject([
        { node: 'render', attempt: 2, worker: remote },
      ]);
    });

    it.each([
      ['another queue', { queues: ['elsewhere'] }],
      ['no code of the workflow', { code: [{ workflow: 'other', flow: 'main', node: 'render', shape: 's1' }] }],
      ['no code of the flow', { code: [{ workflow: 'orders', flow: 'other', node: 'render', shape: 's1' }] }],
      ['code of another shape', { code: [{ workflow: 'orders', flow: 'main', node: 'render', shape: 's2' }] }],
      ['no place', { limit: 0 }],
    ])('gives nothing to a worker with %s', async (_, overrides) => {
      const run = await scene().ownedRun(await workerOf());
      await offer(scene(), run);
      expect(await claim(scene(), await workerOf(), overrides)).toEqual([]);
      expect(await claim(scene(), await workerOf())).toHaveLength(1);
    });

    it('gives nothing to a worker that is not registered', async () => {
      const run = await scene().ownedRun(await workerOf());
      await offer(scene(), run);
      expect(await claim(scene(), '00000000-0000-7000-8000-000000000000')).toEqual([]);
    });

    it('gives calls of a higher priority first, and no more than asked for', async () => {
      const { ownedRun } = scene();
      const owner = await workerOf();
      const low = await ownedRun(owner);
      const high = await ownedRun(owner, { priority: 5 });
      await offer(scene(), low);
      await offer(scene(), high);
      const remote = await workerOf();
      expect((await claim(scene(), remote, { limit: 1 })).map(({ runId }) => runId)).toEqual([high.runId]);
      expect((await claim(scene(), remote, { limit: 1 })).map(({ runId }) => runId)).toEqual([low.runId]);
    });
  });

  describe('the result of a call', () => {
    const results: readonly CallResult[] = [
      { ...VALUE, kind: 'completed', value: 'null', elements: undefined, overran: true },
      { kind: 'completed', value: '[1,2]', elements: 2, overran: false, startedAt: 1, finishedAt: 2 },
      {
        kind: 'failed',
        error: '{"name":"Error","message":"no GPU"}',
        isRetryable: true,
        delayMs: 250,
        timedOut: 'timeout',
        startedAt: 1,
        finishedAt: 2,
      },
      { kind: 'skipped', reason: 'nothing to do', startedAt: 1, finishedAt: 2 },
    ];

    it.each(results)('reaches the owner as it was: $kind', async (result) => {
      const { store, other, ownedRun } = scene();
      const run = await ownedRun(await workerOf());
      await offer(scene(), run);
      const call = await claimOne(scene(), await workerOf());
      const before = await store.dispatches.take({ runId: run.runId, limit: 10 });
      expect(before.ended).toEqual([]);
      expect(await other.dispatches.record(resultOf(call, { result }))).toBe('recorded');
      const after = await store.dispatches.take({ runId: run.runId, limit: 10 });
      expect(after.inbox).toBe(before.inbox + 1);
      expect(after.ended).toEqual([{ node: 'render', index: -1, attempt: 1, generation: 1, result: clean(result) }]);
    });

    it('is there until the owner removes it, and can be sent twice', async () => {
      const { store, other, ownedRun } = scene();
      const run = await ownedRun(await workerOf());
      await offer(scene(), run);
      const call = await claimOne(scene(), await workerOf());
      await other.dispatches.record(resultOf(call));
      const { inbox } = await store.dispatches.take({ runId: run.runId, limit: 10 });
      expect(await other.dispatches.record(resultOf(call))).toBe('recorded');
      const again = await store.dispatches.take({ runId: run.runId, limit: 10 });
      expect([again.inbox, again.ended.length]).toEqual([inbox, 1]);
      await store.dispatches.remove({ ...run, calls: [{ node: 'render', index: -1, attempt: 2, generation: 1 }] });
      expect((await store.dispatches.take({ runId: run.runId, limit: 10 })).ended).toHaveLength(1);
      await store.dispatches.remove({ ...run, calls: [{ node: 'render', index: -1, attempt: 1, generation: 1 }] });
      expect(await store.dispatches.take({ runId: run.runId, limit: 10 })).toEqual({ inbox, ended: [] });
    });

    it('is taken a part at a time', async () => {
      const { store, other, ownedRun } = scene();
      const run = await ownedRun(await workerOf());
      await offer(scene(), run, ...[0, 1, 2].map((index) => ({ index })));
      const calls = await claim(scene(), await workerOf());
      await Promise.all(calls.map((call) => other.dispatches.record(resultOf(call))));
      expect((await store.dispatches.take({ runId: run.runId, limit: 2 })).ended).toHaveLength(2);
    });

    it('wakes a run that was parked, and refuses the park of an owner that does not know of it', async () => {
      const { store, other, ownedRun, poll } = scene();
      const owner = await workerOf();
      const run = await ownedRun(owner);
      await offer(scene(), run, {}, { node: 'encode' });
      const [one, two] = await claim(scene(), await workerOf());
      await other.dispatches.record(resultOf(one as NonNullable<typeof one>));
      const early = await store.record(aRecord(run, { inbox: 0, run: { kind: 'park' } }));
      expect(early).toMatchObject({ kind: 'recorded', applied: false, inbox: 1 });
      const park = await store.record(aRecord(run, { inbox: 1, run: { kind: 'park' } }));
      expect(park).toMatchObject({ applied: true });
      expect((await poll(owner)).claimed).toEqual([]);
      await other.dispatches.record(resultOf(two as NonNullable<typeof two>));
      expect((await poll(owner)).claimed).toMatchObject([{ id: run.runId, inbox: 2 }]);
    });
  });

  describe('aborting calls', () => {
    it('withdraws what nobody has claimed, and tells the worker that has the rest', async () => {
      const { store, other, ownedRun } = scene();
      const run = await ownedRun(await workerOf());
      const remote = await workerOf();
      await offer(scene(), run);
      const call = await claimOne(scene(), remote);
      await offer(scene(), run, { node: 'encode' });
      const calls = ['render', 'encode'].map((node) => ({ node, index: -1, attempt: 1 }));
      const withdrawn = await store.dispatches.abort({ ...run, calls, cause: 'cancel' });
      expect(withdrawn).toEqual([{ runId: run.runId, node: 'encode', index: -1 }]);
      const { held } = await other.dispatches.poll({ workerId: remote });
      expect(held).toEqual([{ runId: run.runId, node: 'render', index: -1, token: call.token, abort: 'cancel' }]);
      expect(await other.dispatches.record(resultOf(call))).toBe('recorded');
    });

    it('frees what its worker gives back or leaves behind, uncharged, but not what is to be aborted', async () => {
      const { store, other, ownedRun } = scene();
      const run = await ownedRun(await workerOf());
      const leaving = await workerOf();
      await offer(scene(), run, {}, { node: 'encode' });
      const [one] = await claim(scene(), leaving);
      await other.dispatches.release({ calls: [{ ...resultOf(one as NonNullable<typeof one>), token: 0 }] });
      expect(await claim(scene(), leaving)).toEqual([]);
      await other.dispatches.release({ calls: [one as NonNullable<typeof one>] });
      expect(await claim(scene(), leaving)).toMatchObject([{ node: one?.node, crashes: 0 }]);
      const calls = [{ node: 'render', index: -1, attempt: 1 }];
      await store.dispatches.abort({ ...run, calls, cause: 'deadline' });
      await other.deregisterWorker({ workerId: leaving });
      expect(await claim(scene(), await workerOf())).toMatchObject([{ node: 'encode', crashes: 0 }]);
    });

    it('keeps a parked run without records from ending at once: its call has started', async () => {
      const { store, ownedRun, status } = scene();
      const run = await ownedRun(await workerOf());
      await offer(scene(), run);
      await store.record(aRecord(run, { run: { kind: 'park' } }));
      expect(await store.requestCancel({ runId: run.runId })).toBe('accepted');
      expect(await status(run.runId)).toBe('WAITING');
    });

    it('reports what a worker holds only as long as the run is open', async () => {
      const { store, other, ownedRun } = scene();
      const run = await ownedRun(await workerOf());
      const remote = await workerOf();
      await offer(scene(), run);
      await claimOne(scene(), remote);
      expect((await other.dispatches.poll({ workerId: remote })).held).toHaveLength(1);
      await store.record(aRecord(run, { run: { kind: 'finish', status: 'CANCELLED', acknowledgesCancel: true } }));
      expect((await other.dispatches.poll({ workerId: remote })).held).toEqual([]);
      expect((await other.dispatches.poll({ workerId: remote, claim: claimOf(scene()) })).claimed).toEqual([]);
    });
  });
}

/** Without fields that are `undefined`: they are not kept. */
function clean(result: CallResult): CallResult {
  return JSON.parse(JSON.stringify(result)) as CallResult;
}
