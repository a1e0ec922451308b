import type { ClaimedCall, RecordCallParams } from '../../../src/store/dispatch';
import { anOffer, claim, claimOne, offer, resultOf } from './dispatch-fixtures';
import type { Owned } from './dispatch-fixtures';
import { aRecord, finish, LEASE_MS } from './fixtures';
import type { Scene } from './fixtures';

interface Stale {
  readonly run: Owned;
  readonly call: ClaimedCall;
  readonly remote: string;
}

async function claimedCall(scene: Scene): Promise<Stale> {
  const run = await scene.ownedRun(await scene.newWorker());
  const remote = await scene.newWorker();
  await offer(scene, run);
  return { run, remote, call: await claimOne(scene, remote) };
}

/** How a claimed call comes to count no longer. */
const LOSSES: Readonly<Record<string, (scene: Scene, stale: Stale) => Promise<Partial<RecordCallParams>>>> = {
  'has another token': async (_, { call }) => ({ token: call.token + 1 }),
  'is of another generation': async (_, { call }) => ({ generation: call.generation + 1 }),
  'is another attempt': async () => ({ attempt: 2 }),
  'was given back': async ({ other }, { call }) => {
    await other.dispatches.release({ calls: [call] });
    return {};
  },
  'was claimed by another worker': async (scene, { remote }) => {
    await scene.other.deregisterWorker({ workerId: remote });
    await claimOne(scene, await scene.newWorker());
    return {};
  },
  'was replaced by the next attempt': async (scene, { run }) => {
    await offer(scene, run, { attempt: 2 });
    await claimOne(scene, await scene.newWorker());
    return {};
  },
  'was removed': async ({ store }, { run }) => {
    await store.dispatches.remove({ ...run, calls: [{ node: 'render', index: -1, attempt: 1, generation: 1 }] });
    return {};
  },
  'belongs to a run that is over': async ({ store }, { run }) => {
    await store.record(aRecord(run, { run: finish() }));
    return {};
  },
  'belongs to a run that was retried': async ({ store }, { run }) => {
    await store.record(aRecord(run, { run: finish('FAILED') }));
    await store.retryRun({ runId: run.runId, reset: [] });
    return {};
  },
};

export function describeDispatchFencing(scene: () => Scene): void {
  describe('a worker whose call', () => {
    it.each(Object.entries(LOSSES))('%s leaves no result and wakes nobody', async (_, lose) => {
      const { store, other } = scene();
      const stale = await claimedCall(scene());
      const overrides = await lose(scene(), stale);
      const before = await store.findRun({ runId: stale.run.runId });
      const taken = await store.dispatches.take({ runId: stale.run.runId, limit: 10 });
      expect(await other.dispatches.record(resultOf(stale.call, overrides))).toBe('lost');
      expect(await store.dispatches.take({ runId: stale.run.runId, limit: 10 })).toEqual({ ...taken, ended: [] });
      expect(await store.findRun({ runId: stale.run.runId })).toEqual(before);
    });

    it('has a result already cannot replace it', async () => {
      const { store, other } = scene();
      const { run, call } = await claimedCall(scene());
      await other.dispatches.record(resultOf(call));
      const late = resultOf(call, { result: { kind: 'skipped', reason: 'late', startedAt: 1, finishedAt: 1 } });
      expect(await other.dispatches.record(late)).toBe('lost');
      expect((await store.dispatches.take({ runId: run.runId, limit: 10 })).ended).toMatchObject([
        { result: { kind: 'completed' } },
      ]);
    });
  });

  describe('an owner of another epoch', () => {
    it('offers, aborts and removes nothing', async () => {
      const { store } = scene();
      const { run } = await claimedCall(scene());
      const stale = { ...run, epoch: run.epoch + 1 };
      const calls = [{ node: 'render', index: -1, attempt: 1, generation: 1 }];
      expect(await offer(scene(), stale, { node: 'encode' })).toBe('lost');
      expect(await store.dispatches.abort({ ...stale, calls, cause: 'cancel' })).toEqual([]);
      await store.dispatches.remove({ ...stale, calls });
      expect(await store.dispatches.list({ runId: run.runId })).toMatchObject([{ node: 'render', hasResult: false }]);
    });

    it('removes nothing that was offered anew since a retry, under the same number', async () => {
      const { store, newWorker, poll } = scene();
      const { run } = await claimedCall(scene());
      await store.record(aRecord(run, { run: finish('FAILED') }));
      await store.retryRun({ runId: run.runId, reset: [] });
      const again = (await poll(await newWorker())).claimed.find(({ id }) => id === run.runId);
      const { epoch = 0, generation = 0 } = again ?? {};
      const owned = { runId: run.runId, epoch };
      await store.dispatches.offer({ ...owned, generation, calls: [anOffer(scene())] });
      await store.dispatches.remove({ ...owned, calls: [{ node: 'render', index: -1, attempt: 1, generation: 1 }] });
      expect(await store.dispatches.list({ runId: run.runId })).toMatchObject([{ attempt: 1, generation: 2 }]);
    });

    it('offers nothing of another generation, and nothing for a run that is over', async () => {
      const { store, ownedRun, newWorker } = scene();
      const run = await ownedRun(await newWorker());
      expect(await store.dispatches.offer({ ...run, generation: 2, calls: [] })).toBe('lost');
      await store.record(aRecord(run, { run: finish() }));
      expect(await offer(scene(), run)).toBe('lost');
    });
  });
}

/** Only where leases can end. */
export function describeDispatchRecovery(scene: () => Scene): void {
  const expire = async (workerId: string): Promise<void> => {
    const { store, newWorker, poll } = scene();
    await store.poll({ workerId, leaseMs: -1_000 });
    await poll(await newWorker());
  };

  describe('the calls of a dead worker', () => {
    it('are claimed by another, charged with a crash; its own result comes too late', async () => {
      const { other } = scene();
      const { call, remote } = await claimedCall(scene());
      await expire(remote);
      const heir = await scene().newWorker();
      expect(await claim(scene(), heir)).toMatchObject([{ node: 'render', attempt: 1, crashes: 1 }]);
      expect(await other.dispatches.record(resultOf(call))).toBe('lost');
    });

    it('are claimed one at a time once they are suspects', async () => {
      const { ownedRun, newWorker } = scene();
      const run = await ownedRun(await newWorker());
      const remote = await newWorker();
      await offer(scene(), run, ...[0, 1, 2].map((index) => ({ index })));
      await claim(scene(), remote);
      await expire(remote);
      const heir = await newWorker();
      expect(await claim(scene(), heir, { suspectFrom: 1 })).toEqual([]);
      expect(await claim(scene(), heir, { suspectFrom: 1, takesSuspect: true })).toMatchObject([{ crashes: 1 }]);
      expect(await claim(scene(), heir, { suspectFrom: 2 })).toHaveLength(2);
    });

    it('keep a result that was recorded before', async () => {
      const { store, other } = scene();
      const { run, call, remote } = await claimedCall(scene());
      await other.dispatches.record(resultOf(call));
      await expire(remote);
      expect(await claim(scene(), await scene().newWorker())).toEqual([]);
      expect((await store.dispatches.take({ runId: run.runId, limit: 10 })).ended).toHaveLength(1);
    });

    it('stay with a worker that is late, but was not declared dead', async () => {
      const { store } = scene();
      const { remote } = await claimedCall(scene());
      await store.poll({ workerId: remote, leaseMs: -1_000 });
      expect(await claim(scene(), await scene().newWorker())).toEqual([]);
      expect(await claim(scene(), remote)).toEqual([]);
      await store.poll({ workerId: remote, leaseMs: LEASE_MS });
      expect((await store.dispatches.poll({ workerId: remote })).held).toHaveLength(1);
    });

    it('are swept when their run is over, and only then', async () => {
      const { store } = scene();
      const over = await claimedCall(scene());
      const open = await claimedCall(scene());
      await store.record(aRecord(over.run, { run: finish() }));
      await scene().newWorker();
      expect(await store.dispatches.list({ runId: over.run.runId })).toEqual([]);
      expect(await store.dispatches.list({ runId: open.run.runId })).toHaveLength(1);
    });
  });
}
