import { aNode, aRecord, first, LEASE_MS } from './fixtures';
import type { Scene } from './fixtures';

export function describeClaiming(scene: () => Scene): void {
  describe('claiming', () => {
    it('hands a run out once, with a new epoch', async () => {
      const { store, other, newRun, newWorker, claimOf, status } = scene();
      const workers = [await newWorker(), await newWorker()] as const;
      const { id } = await store.createRun(newRun({ tags: ['a'], input: '[1]' }));
      const polls = await Promise.all(
        workers.map((workerId, i) => (i === 0 ? store : other).poll({ workerId, leaseMs: LEASE_MS, claim: claimOf() })),
      );
      const claimed = polls.flatMap((result) => (result.kind === 'alive' ? result.claimed : []));
      expect(claimed).toHaveLength(1);
      expect(claimed[0]).toMatchObject({
        id,
        epoch: 1,
        inbox: 0,
        generation: 1,
        crashes: 0,
        tags: ['a'],
        input: '[1]',
        nodes: [],
      });
      expect(await status(id)).toBe('RUNNING');
    });

    it('takes higher priorities first, then whoever waits longest', async () => {
      const { store, newRun, newWorker, poll } = scene();
      const ids: string[] = [];
      for (const priority of [0, -3, 5, 0]) ids.push((await store.createRun(newRun({ priority }))).id);
      const { claimed } = await poll(await newWorker());
      expect(claimed.map((run) => run.id)).toEqual([ids[2], ids[0], ids[3], ids[1]]);
    });

    it('leaves a share to those who wait longest, whatever their priority', async () => {
      const { store, newRun, newWorker, poll } = scene();
      const low = await store.createRun(newRun({ priority: -1_000 }));
      await store.createRun(newRun({ priority: -1_000 }));
      const high: string[] = [];
      for (let i = 0; i < 5; i += 1) high.push((await store.createRun(newRun({ priority: 1_000 }))).id);
      const workerId = await newWorker();
      const { claimed } = await poll(workerId, { limit: 4, byAge: 1 });
      expect(claimed.map((run) => run.id)).toHaveLength(4);
      const byPriority = (await poll(workerId, { limit: 2 })).claimed.map((run) => run.id);
      expect([...claimed.map((run) => run.id), ...byPriority].sort()).toEqual([low.id, ...high].sort());
    });

    it('claims by age alone where the share is the whole claim', async () => {
      const { store, newRun, newWorker, poll } = scene();
      const first = await store.createRun(newRun({ priority: -5 }));
      await store.createRun(newRun({ priority: 5 }));
      expect((await poll(await newWorker(), { limit: 1, byAge: 1 })).claimed).toMatchObject([{ id: first.id }]);
    });

    it('takes no more than it has places for', async () => {
      const { store, newRun, newWorker, poll } = scene();
      for (let i = 0; i < 5; i += 1) await store.createRun(newRun());
      const workerId = await newWorker();
      expect((await poll(workerId, { limit: 2 })).claimed).toHaveLength(2);
      expect((await poll(workerId, { limit: 10 })).claimed).toHaveLength(3);
    });

    it('leaves alone other queues, unknown workflows and code that was refused', async () => {
      const { store, newRun, newWorker, poll, ownedRun, status } = scene();
      const workerId = await newWorker();
      await store.createRun(newRun({ queue: 'elsewhere' }));
      await store.createRun(newRun({ workflow: 'invoices' }));
      const refused = await ownedRun(workerId);
      await store.record(aRecord(refused, { run: { kind: 'release', refusedBy: 'f1' } }));
      expect(await status(refused.runId)).toBe('WAITING');
      expect((await poll(workerId, { fingerprints: ['f0', 'f1'] })).claimed).toEqual([]);
      expect((await poll(workerId, { fingerprints: ['f2'] })).claimed.map((run) => run.id)).toEqual([refused.runId]);
    });

    it('brings the records of a run that was begun before', async () => {
      const { store, newWorker, ownedRun, poll } = scene();
      const workerId = await newWorker();
      const run = await ownedRun(workerId);
      const nodes = [aNode({ node: 'a' }), aNode({ node: 'm', index: 1, output: 'null' })];
      await store.record(aRecord(run, { nodes, run: { kind: 'release' } }));
      const claimed = first((await poll(workerId)).claimed);
      expect(claimed).toMatchObject({ id: run.runId, epoch: 2, crashes: 0 });
      expect(claimed.nodes).toMatchObject([
        { node: 'a', index: -1, output: '"paid"' },
        { node: 'm', index: 1, output: 'null' },
      ]);
    });

    it('reports the runs that a worker owns, but not those it claims just now', async () => {
      const { store, newRun, newWorker, ownedRun, poll } = scene();
      const workerId = await newWorker();
      const run = await ownedRun(workerId);
      await store.createRun(newRun());
      await store.requestCancel({ runId: run.runId, reason: 'no stock' });
      expect((await poll(workerId)).owned).toEqual([
        { id: run.runId, epoch: 1, inbox: 1, isCancelRequested: true, cancelReason: 'no stock' },
      ]);
      expect((await poll(workerId)).owned).toHaveLength(2);
    });

    it('leaves the runs that a worker owns out of an answer that has no use for them', async () => {
      const { store, newRun, newWorker, ownedRun, claimOf } = scene();
      const workerId = await newWorker();
      await ownedRun(workerId);
      const { id } = await store.createRun(newRun());
      const result = await store.poll({ workerId, leaseMs: LEASE_MS, claim: claimOf(), skipsOwned: true });
      expect(result).toMatchObject({ kind: 'alive', owned: [], claimed: [{ id }] });
    });

    it('only renews when there is no place for more', async () => {
      const { store, newRun, newWorker } = scene();
      await store.createRun(newRun());
      const result = await store.poll({ workerId: await newWorker(), leaseMs: LEASE_MS });
      expect(result).toMatchObject({ kind: 'alive', claimed: [], owned: [] });
    });

    it('tells a worker that nobody knows that it is dead', async () => {
      const { store, newWorker, claimOf } = scene();
      const workerId = await newWorker();
      await store.deregisterWorker({ workerId });
      expect(await store.poll({ workerId, leaseMs: LEASE_MS, claim: claimOf() })).toEqual({ kind: 'dead' });
    });

    it('gives back, uncharged, what a worker owns when it says goodbye', async () => {
      const { store, newWorker, ownedRun, poll } = scene();
      const leaving = await newWorker();
      const run = await ownedRun(leaving);
      await store.deregisterWorker({ workerId: leaving });
      const claimed = first((await poll(await newWorker())).claimed);
      expect(claimed).toMatchObject({ id: run.runId, crashes: 0 });
      expect(await store.record(aRecord(run, { nodes: [aNode()] }))).toEqual({ kind: 'lost' });
    });
  });
}
