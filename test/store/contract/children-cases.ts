import { aRecord, finish, first, newId } from './fixtures';
import type { Scene } from './fixtures';

export function describeChildren(scene: () => Scene): void {
  describe('children', () => {
    const start = (
      parent: { readonly runId: string; readonly epoch: number },
      { id = newId(), isDetached = false }: { readonly id?: string; readonly isDetached?: boolean } = {},
    ) => {
      const run = scene().newRun({ id });
      return scene().store.children.start({ run, parent, isDetached });
    };
    const owned = async () => scene().ownedRun(await scene().newWorker());
    const family = (parent?: string) => ({ parent, mayHaveChildren: true });
    /** The run with this id, claimed. */
    const claim = async (id: string) => {
      const claimed = first((await scene().poll(await scene().newWorker())).claimed);
      expect(claimed.id).toBe(id);
      return { runId: id, epoch: claimed.epoch, parentId: claimed.parentId };
    };

    it('are started once, for the owner of their parent, and know it', async () => {
      const parent = await owned();
      const id = newId();
      expect(await start(parent, { id })).toBe('started');
      expect(await start(parent, { id })).toBe('exists');
      expect(await claim(id)).toMatchObject({ parentId: parent.runId });
      const { items } = await scene().other.listRuns({ parentIds: [parent.runId], limit: 10 });
      expect(items.map((run) => run.id)).toEqual([id]);
    });

    it('are not started for whoever lost the parent, or whose parent is over', async () => {
      const parent = await owned();
      expect(await start({ ...parent, epoch: parent.epoch + 1 })).toBe('lost');
      await scene().store.record(aRecord(parent, { run: finish() }));
      expect(await start(parent)).toBe('lost');
      expect(await start({ runId: newId(), epoch: 1 })).toBe('lost');
    });

    it('wake their parent when they end', async () => {
      const { store, newWorker, poll } = scene();
      const parent = await owned();
      const id = newId();
      await start(parent, { id });
      const child = await claim(id);
      await store.record(aRecord(parent, { run: { kind: 'park' } }));
      const worker = await newWorker();
      expect((await poll(worker)).claimed).toEqual([]);
      await store.record(aRecord(child, { run: finish(), family: family(parent.runId) }));
      expect((await poll(worker)).claimed.map((run) => run.id)).toEqual([parent.runId]);
    });

    it('keep a parent from being parked that has not seen their end', async () => {
      const { store } = scene();
      const parent = await owned();
      const id = newId();
      await start(parent, { id });
      await store.record(aRecord(await claim(id), { run: finish('FAILED'), family: family(parent.runId) }));
      expect(await store.record(aRecord(parent, { run: { kind: 'park' } }))).toMatchObject({
        applied: false,
        inbox: 1,
      });
    });

    it('that end together with their parent leave both ended', async () => {
      const { store, status } = scene();
      const parent = await owned();
      const id = newId();
      await start(parent, { id });
      const child = await claim(id);
      const answers = await Promise.all([
        store.record(aRecord(child, { run: finish(), family: family(parent.runId) })),
        store.record(aRecord(parent, { run: finish('FAILED'), family: family() })),
      ]);
      expect(answers.map(({ kind }) => kind)).toEqual(['recorded', 'recorded']);
      expect([await status(id), await status(parent.runId)]).toEqual(['COMPLETED', 'FAILED']);
    });

    it.each(['FAILED', 'CANCELLED'] as const)(
      'are asked to end by a parent that is %s, detached ones excepted',
      async (end) => {
        const { store } = scene();
        const parent = await owned();
        const [running, pending, detached] = [newId(), newId(), newId()];
        await start(parent, { id: running });
        await claim(running);
        await start(parent, { id: pending });
        await start(parent, { id: detached, isDetached: true });
        await store.record(aRecord(parent, { run: finish(end, true), family: family() }));
        const reasons = await Promise.all(
          [running, pending, detached].map(async (id) => (await store.findRun({ runId: id }))?.cancelReason),
        );
        const because = `its parent ${parent.runId} is ${end}`;
        expect(reasons).toEqual([because, because, undefined]);
        const { claimed } = await scene().poll(await scene().newWorker());
        expect(new Map(claimed.map((run) => [run.id, run.isCancelRequested]))).toEqual(
          new Map([
            [pending, true],
            [detached, false],
          ]),
        );
      },
    );

    it('go on when their parent is COMPLETED', async () => {
      const { store } = scene();
      const parent = await owned();
      const id = newId();
      await start(parent, { id });
      await store.record(aRecord(parent, { run: finish(), family: family() }));
      expect((await store.findRun({ runId: id }))?.isCancelRequested).toBe(false);
    });

    it('stay as long as their parent is not over', async () => {
      const { store, status } = scene();
      const parent = await owned();
      const id = newId();
      await start(parent, { id });
      await store.record(aRecord(await claim(id), { run: finish(), family: family(parent.runId) }));
      const ages = { COMPLETED: 0, FAILED: 0, CANCELLED: 0 };
      await new Promise((resolve) => setTimeout(resolve, 2));
      await store.deleteRuns({ ages, limit: 1_000 });
      expect(await status(id)).toBe('COMPLETED');
      await store.record(aRecord(parent, { run: finish() }));
      await new Promise((resolve) => setTimeout(resolve, 2));
      await store.deleteRuns({ ages, limit: 1_000 });
      await store.deleteRuns({ ages, limit: 1_000 });
      expect(await status(id)).toBeUndefined();
    });

    it('that nobody has begun are cancelled by a worker, which wakes their parent', async () => {
      const parent = await owned();
      const id = newId();
      await start(parent, { id });
      expect(await scene().store.requestCancel({ runId: id })).toBe('accepted');
      expect(await scene().status(id)).toBe('PENDING');
      const { claimed } = await scene().poll(await scene().newWorker());
      expect(claimed).toMatchObject([{ id, isCancelRequested: true, parentId: parent.runId }]);
    });
  });
}
