import { aNode, aRecord, finish, newId } from './fixtures';
import type { Scene } from './fixtures';

export function describeSignals(scene: () => Scene): void {
  describe('signals', () => {
    const send = (runId: string, name: string, payload: unknown, key?: string) =>
      scene().store.signals.send({ runId, id: newId(), name, payload: JSON.stringify(payload), key });
    const found = async (runId: string, ...names: (readonly [string, number])[]) => {
      const asked = names.map(([name, limit]) => ({ name, limit }));
      const { signals } = await scene().other.signals.find({ runId, names: asked });
      return signals.map(({ name, payload }) => `${name} ${payload}`);
    };
    const owned = async () => scene().ownedRun(await scene().newWorker());
    const inboxOf = async (runId: string) => (await scene().store.signals.find({ runId, names: [] })).inbox;

    it('are kept in the order in which they were sent, each name for itself', async () => {
      const { runId: id } = await owned();
      for (const n of [1, 2, 3]) await send(id, 'a', n);
      await send(id, 'b', null);
      expect(await found(id, ['a', 2])).toEqual(['a 1', 'a 2']);
      expect((await found(id, ['b', 5], ['a', 9], ['c', 1])).sort()).toEqual(['a 1', 'a 2', 'a 3', 'b null']);
    });

    it('raise the inbox of the run that is told with them', async () => {
      const { store } = scene();
      const { runId: id } = await owned();
      const before = await inboxOf(id);
      await send(id, 'a', 1);
      expect((await store.signals.find({ runId: id, names: [{ name: 'a', limit: 1 }] })).inbox).toBe(before + 1);
    });

    it('with the key of an earlier one of the same name are none, taken or not', async () => {
      const run = await owned();
      const { runId: id } = run;
      expect(await send(id, 'a', 1, 'k')).toEqual({ kind: 'kept', isNew: true });
      expect(await send(id, 'a', 2, 'k')).toEqual({ kind: 'kept', isNew: false });
      expect(await send(id, 'b', 3, 'k')).toEqual({ kind: 'kept', isNew: true });
      expect(await found(id, ['a', 9], ['b', 9])).toEqual(['a 1', 'b 3']);
      const { signals } = await scene().store.signals.find({ runId: id, names: [{ name: 'a', limit: 1 }] });
      await scene().store.record(aRecord(run, { nodes: [aNode({ signalId: signals[0]?.id })] }));
      expect(await send(id, 'a', 4, 'k')).toEqual({ kind: 'kept', isNew: false });
    });

    it('are taken by the record of the node that completes with one, and by no record of a lost claim', async () => {
      const { store } = scene();
      const run = await owned();
      await send(run.runId, 'a', 1);
      await send(run.runId, 'a', 2);
      const { signals } = await store.signals.find({ runId: run.runId, names: [{ name: 'a', limit: 9 }] });
      const [first, second] = signals.map(({ id }) => id) as [string, string];
      expect(
        await store.record(aRecord({ ...run, epoch: run.epoch + 1 }, { nodes: [aNode({ signalId: second })] })),
      ).toEqual({ kind: 'lost' });
      expect(await found(run.runId, ['a', 9])).toEqual(['a 1', 'a 2']);
      await store.record(aRecord(run, { nodes: [aNode({ signalId: first })] }));
      expect(await found(run.runId, ['a', 9])).toEqual(['a 2']);
    });

    it('wake a run that is parked without an instant', async () => {
      const { store } = scene();
      const run = await owned();
      const inbox = await inboxOf(run.runId);
      await store.record(aRecord(run, { inbox, run: { kind: 'park' } }));
      const worker = await scene().newWorker();
      expect((await scene().poll(worker)).claimed).toEqual([]);
      await send(run.runId, 'a', 1);
      expect((await scene().poll(worker)).claimed.map(({ id }) => id)).toEqual([run.runId]);
    });

    it('that come before a run is parked keep it from being parked', async () => {
      const { store } = scene();
      const run = await owned();
      const inbox = await inboxOf(run.runId);
      await send(run.runId, 'a', 1);
      const answer = await store.record(aRecord(run, { inbox, run: { kind: 'park' } }));
      expect(answer).toMatchObject({ kind: 'recorded', applied: false, inbox: inbox + 1 });
    });

    it('do not start a run before its time', async () => {
      const { store } = scene();
      const params = scene().newRun({ startDelayMs: 60_000 });
      await store.createRun(params);
      expect(await send(params.id, 'a', 1)).toEqual({ kind: 'kept', isNew: true });
      expect((await scene().poll(await scene().newWorker())).claimed).toEqual([]);
      expect(await found(params.id, ['a', 1])).toEqual(['a 1']);
    });

    it('are not kept for a run that is over, or that nobody knows', async () => {
      const { store } = scene();
      const run = await owned();
      await store.record(aRecord(run, { run: finish() }));
      expect(await send(run.runId, 'a', 1)).toEqual({ kind: 'final' });
      expect(await send(newId(), 'a', 1)).toEqual({ kind: 'unknown' });
      expect(await send('no-uuid', 'a', 1)).toEqual({ kind: 'unknown' });
    });
  });
}
