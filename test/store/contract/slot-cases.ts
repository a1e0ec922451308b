import { randomUUID } from 'node:crypto';
import type { HeldSlots } from '../../../src/store/slots';
import type { Scene } from './fixtures';

/** Instants are whole milliseconds; of two in one of them nobody came first. */
async function nextMillisecond(): Promise<void> {
  const now = Date.now();
  while (Date.now() <= now + 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Fleet concurrency: who gets how many slots of a key. */
export function describeSlots(scene: () => Scene): void {
  describe('leasing slots', () => {
    let key: string;
    beforeEach(() => {
      key = `task:orders:${randomUUID()}`;
    });

    const lease = async (workerId: string, want: number, limit = 4): Promise<HeldSlots | undefined> => {
      const answer = await scene().store.leaseSlots({ workerId, turn: 0, demands: [{ key, limit, want }] });
      if (answer.kind !== 'leased') throw new Error('the worker was expected to be alive');
      return answer.slots[0];
    };
    const keep = (workerId: string, slots: number): Promise<void> =>
      scene().other.returnSlots({ workerId, turn: 0, slots: [{ key, keep: slots }] });
    const workers = (count: number): Promise<string[]> =>
      Promise.all(Array.from({ length: count }, () => scene().newWorker()));

    it('grants up to the limit over all workers, and no more', async () => {
      const [a = '', b = ''] = await workers(2);
      expect(await lease(a, 3)).toEqual({ key, held: 3, contest: undefined });
      expect(await lease(b, 3)).toMatchObject({ held: 1 });
      expect(await lease(b, 3)).toMatchObject({ held: 1 });
    });

    it('takes wishes as absolute numbers: asking twice is asking once, and asking for less gives nothing back', async () => {
      const [a = '', b = ''] = await workers(2);
      await lease(a, 2);
      expect(await lease(a, 2)).toMatchObject({ held: 2 });
      expect(await lease(a, 1)).toMatchObject({ held: 2 });
      expect(await lease(b, 2)).toMatchObject({ held: 2 });
    });

    it('lets others have what was given back', async () => {
      const [a = '', b = ''] = await workers(2);
      await lease(a, 4);
      await keep(a, 1);
      expect(await lease(b, 9)).toMatchObject({ held: 3 });
      await keep(a, 0);
      expect(await lease(b, 4)).toMatchObject({ held: 4 });
    });

    it('gives nothing that was never held by a return', async () => {
      const [a = '', b = ''] = await workers(2);
      await lease(a, 3);
      await keep(b, 2);
      await keep(a, 4);
      expect(await lease(b, 4)).toMatchObject({ held: 1 });
    });

    it('answers each key by itself', async () => {
      const [a = '', b = ''] = await workers(2);
      const others = [`${key}:1`, `${key}:2`];
      await lease(a, 4);
      const answer = await scene().store.leaseSlots({
        workerId: b,
        turn: 0,
        demands: [key, ...others].map((one) => ({ key: one, limit: 4, want: 2 })),
      });
      const held = answer.kind === 'leased' ? answer.slots.map((one) => [one.key, one.held]) : [];
      expect(new Map(held as [string, number][])).toEqual(
        new Map([[key, 0], ...others.map((one) => [one, 2] as const)]),
      );
    });

    it('refuses a worker that is not registered, or has said goodbye, and frees what that one held', async () => {
      const { store } = scene();
      const [a = '', b = ''] = await workers(2);
      const demands = [{ key, limit: 4, want: 4 }];
      expect(await store.leaseSlots({ workerId: randomUUID(), turn: 0, demands })).toEqual({ kind: 'dead' });
      await lease(a, 4);
      await store.deregisterWorker({ workerId: a });
      expect(await store.leaseSlots({ workerId: a, turn: 0, demands })).toEqual({ kind: 'dead' });
      expect(await lease(b, 4)).toMatchObject({ held: 4 });
    });

    it('goes by the lowest limit that a worker has asked with lately', async () => {
      const [a = '', b = ''] = await workers(2);
      expect(await lease(a, 1, 2)).toMatchObject({ held: 1 });
      expect(await lease(b, 5, 5)).toMatchObject({ held: 1 });
      // What is held already stays held.
      expect(await lease(a, 1, 1)).toMatchObject({ held: 1 });
      expect(await lease(b, 5, 5)).toMatchObject({ held: 1 });
    });

    it('tells holders that others wait, and what their share is', async () => {
      const { store } = scene();
      const [a = '', b = '', c = ''] = await workers(3);
      await lease(a, 4);
      expect(await store.findContests({ workerId: a, keys: [key] })).toEqual(new Map());
      await lease(b, 4);
      const contest = { share: 2, isStarving: true };
      expect(await store.findContests({ workerId: a, keys: [key, 'queue:none'] })).toEqual(new Map([[key, contest]]));
      expect((await lease(a, 4))?.contest).toEqual(contest);
      // Who waits is no contest for itself.
      expect(await store.findContests({ workerId: b, keys: [key] })).toEqual(new Map());
      await lease(c, 1);
      expect(await store.findContests({ workerId: b, keys: [key] })).toEqual(
        new Map([[key, { share: 2, isStarving: true }]]),
      );
      await keep(b, 0);
      await keep(c, 0);
      expect(await store.findContests({ workerId: a, keys: [key] })).toEqual(new Map());
    });

    it('shows who holds and who waits, without those that said goodbye', async () => {
      const { store, other } = scene();
      const [a = '', b = '', c = ''] = (await workers(3)).sort();
      const unused = `${key}:unused`;
      expect(await store.findSlots({ keys: [key] })).toEqual([]);
      await lease(b, 3, 3);
      const first = { key, limit: 3, held: [{ worker: b, slots: 3 }], waiting: [] };
      expect(await other.findSlots({ keys: [unused, key] })).toEqual([first]);
      expect(await store.findSlots({ keys: [] })).toEqual([]);
      await lease(c, 1, 3);
      await nextMillisecond();
      await lease(a, 1, 3);
      await keep(b, 2);
      await lease(c, 1, 3);
      const held = [
        { worker: b, slots: 2 },
        { worker: c, slots: 1 },
      ];
      expect(await other.findSlots({ keys: [key] })).toEqual([{ key, limit: 3, held, waiting: [a] }]);
      const second = `${key}:2`;
      await store.leaseSlots({ workerId: a, turn: 0, demands: [{ key: second, limit: 1, want: 1 }] });
      expect((await store.findSlots({ keys: [second, key] })).map((use) => use.key)).toEqual([second, key]);
      await store.deregisterWorker({ workerId: b });
      await store.deregisterWorker({ workerId: a });
      expect(await store.findSlots({ keys: [second, key] })).toEqual([
        { key, limit: 3, held: [{ worker: c, slots: 1 }], waiting: [] },
      ]);
    });

    it('gives nobody more than its share while others wait', async () => {
      const [a = '', b = ''] = await workers(2);
      await lease(a, 3);
      await lease(b, 4);
      await keep(a, 0);
      // b waits, with one slot: the three that are free are not all for a.
      expect(await lease(a, 4)).toMatchObject({ held: 2, contest: { share: 2, isStarving: false } });
      expect(await lease(b, 4)).toMatchObject({ held: 2 });
    });

    it('serves those that hold none in the order in which they came', async () => {
      const [a = '', b = '', c = ''] = await workers(3);
      await lease(a, 1, 1);
      await lease(b, 1, 1);
      await nextMillisecond();
      await lease(c, 1, 1);
      await nextMillisecond();
      await keep(a, 0);
      // The one that just had its turn is the last in line.
      expect(await lease(a, 1, 1)).toMatchObject({ held: 0 });
      expect(await lease(c, 1, 1)).toMatchObject({ held: 0 });
      expect(await lease(b, 1, 1)).toMatchObject({ held: 1 });
      await keep(b, 0);
      expect(await lease(a, 1, 1)).toMatchObject({ held: 0 });
      expect(await lease(c, 1, 1)).toMatchObject({ held: 1 });
    });

    it('keeps the next slot for one that holds none, whoever asks first', async () => {
      const [a = '', b = '', c = ''] = await workers(3);
      await lease(a, 3);
      await lease(b, 4);
      await lease(c, 1);
      await keep(a, 2);
      // b holds one and waits for longer; c holds none.
      expect(await lease(b, 4)).toMatchObject({ held: 1 });
      expect(await lease(c, 1)).toMatchObject({ held: 1, contest: { isStarving: false } });
    });

    it('ignores what was sent before an answer was lost, and comes late', async () => {
      const { store } = scene();
      const [a = '', b = ''] = await workers(2);
      await lease(a, 1);
      const again = await store.leaseSlots({ workerId: a, turn: 1, demands: [{ key, limit: 4, want: 3 }] });
      expect(again).toMatchObject({ slots: [{ held: 3 }] });
      // A late return, and a late lease: both of turn 0.
      await keep(a, 0);
      expect(await store.leaseSlots({ workerId: a, turn: 0, demands: [{ key, limit: 4, want: 4 }] })).toEqual({
        kind: 'leased',
        slots: [],
      });
      expect(await lease(b, 4)).toMatchObject({ held: 1 });
      await store.returnSlots({ workerId: a, turn: 1, slots: [{ key, keep: 2 }] });
      await keep(a, 0);
      expect(await lease(b, 4)).toMatchObject({ held: 2 });
    });

    it('takes keys as they come', async () => {
      const { store } = scene();
      const [a = ''] = await workers(1);
      for (const odd of [`'; drop`, '{}', `${'ключ'.repeat(50)}`, '"', '__proto__', '']) {
        const name = `${key}${odd}`;
        const answer = await store.leaseSlots({ workerId: a, turn: 0, demands: [{ key: name, limit: 1, want: 1 }] });
        expect(answer).toEqual({ kind: 'leased', slots: [{ key: name, held: 1, contest: undefined }] });
      }
    });
  });
}
