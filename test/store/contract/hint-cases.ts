import { randomUUID } from 'node:crypto';
import type { StoreHint } from '../../../src/store/store-hint';
import { claimOf, claimOne, offer, resultOf } from './dispatch-fixtures';
import { aNode, aRecord, finish, LEASE_MS } from './fixtures';
import type { Scene } from './fixtures';

/** Hints may come late and together, so cases wait for the one they expect, and silence is told by a later one that comes. */
export function describeHints(scene: () => Scene): void {
  describe('hints', () => {
    let ears: Ears;
    beforeEach(async () => {
      ears = new Ears(scene());
      await ears.open();
    });
    afterEach(() => ears.close());

    it('tell of a run that can be claimed, and of one that falls due soon', async () => {
      const { store, newRun, queue } = scene();
      await store.createRun(newRun());
      await ears.work(queue);
      await store.createRun(newRun({ queue: `${queue}-soon`, startDelayMs: 500 }));
      await ears.work(`${queue}-soon`);
    });

    it('do not tell of a run that its own worker executes, nor of one that starts much later, nor of one that exists', async () => {
      const { store, newRun, newWorker, queue } = scene();
      const [owned, later, known] = ['owned', 'later', 'known'].map((name) => `${queue}-${name}`) as [
        string,
        string,
        string,
      ];
      const existing = newRun({ queue: known, claim: { workerId: await newWorker() } });
      await store.createRun(existing);
      await store.createRun(existing);
      await store.createRun(newRun({ queue: owned, claim: { workerId: await newWorker() } }));
      await store.createRun(newRun({ queue: later, startDelayMs: 3_600_000 }));
      await store.createRun(newRun({ queue: `${later}-too`, startAt: Date.now() + 3_600_000 }));
      await store.createRun(newRun());
      await ears.work(queue);
      expect(ears.queues.filter((heard) => heard !== queue)).toEqual([]);
    });

    it('tell of a run that is retried', async () => {
      const { store, newWorker, ownedRun, queue } = scene();
      const run = await ownedRun(await newWorker());
      await store.record(aRecord(run, { nodes: [aNode({ status: 'FAILED' })], run: finish('FAILED') }));
      expect(ears.queues).toEqual([]);
      await store.retryRun({ runId: run.runId, reset: [] });
      await ears.work(queue);
    });

    it('call the owner of a run that is cancelled', async () => {
      const { store, other, ownedRun, queue } = scene();
      const workerId = randomUUID();
      // In another process than the one that cancels.
      await other.registerWorker({
        workerId,
        leaseMs: LEASE_MS,
        queues: [queue],
        workflows: ['orders'],
        label: 'test',
      });
      const run = await ownedRun(workerId);
      await store.requestCancel({ runId: run.runId });
      await ears.until(
        (hint) => hint.kind === 'attention' && hint.workerIds.includes(workerId),
        'attention of the owner',
      );
    });

    it('tell of a parked run that is cancelled: somebody has to carry it out', async () => {
      const { store, newWorker, ownedRun, queue } = scene();
      const run = await ownedRun(await newWorker());
      const waiting = aNode({ status: 'WAITING', output: undefined, finishedAt: undefined, wakeDelayMs: 60_000 });
      await store.record(aRecord(run, { nodes: [waiting], run: { kind: 'park', wakeDelayMs: 60_000 } }));
      await store.requestCancel({ runId: run.runId });
      await ears.work(queue);
    });

    it('tell of runs that are given back, one by one or by a worker that leaves', async () => {
      const { store, newWorker, ownedRun, queue } = scene();
      const run = await ownedRun(await newWorker());
      await store.record(aRecord(run, { run: { kind: 'release' } }));
      await ears.until((hint) => hint.kind !== 'attention', 'work or a look');
      const leaving = await newWorker();
      await ownedRun(leaving, { queue: `${queue}-left` });
      await store.deregisterWorker({ workerId: leaving });
      await ears.work(`${queue}-left`);
    });

    it('tell of a call for others, of one that was given back, of its abort and of its result', async () => {
      const { store, other, ownedRun, newWorker, queue } = scene();
      const [owner, remote] = [randomUUID(), randomUUID()];
      const lease = { leaseMs: LEASE_MS, queues: [queue], workflows: ['orders'], label: 'test' };
      for (const workerId of [owner, remote]) await other.registerWorker({ ...lease, workerId });
      const attention = (workerId: string): Promise<void> =>
        ears.until((hint) => hint.kind === 'attention' && hint.workerIds.includes(workerId), 'attention');
      const run = await ownedRun(owner);
      await offer(scene(), run, {}, { node: 'encode', queue: `${queue}-other` });
      await ears.work(queue);
      const call = await claimOne(scene(), remote);
      const calls = [{ node: 'render', index: -1, attempt: 1 }];
      await store.dispatches.abort({ ...run, calls, cause: 'cancel' });
      await attention(remote);
      await store.dispatches.record(resultOf(call));
      await attention(owner);
      const leaving = await newWorker();
      const queues = [`${queue}-other`];
      const [taken] = (await store.dispatches.poll({ workerId: leaving, claim: claimOf(scene(), { queues }) })).claimed;
      ears.forget();
      await store.deregisterWorker({ workerId: leaving });
      await ears.work(taken?.queue ?? 'none');
    });

    it('reach nobody who has unsubscribed', async () => {
      const { store, other, newRun, queue } = scene();
      const heard: StoreHint[] = [];
      other.subscribe((hint) => heard.push(hint))();
      const before = heard.length;
      await store.createRun(newRun());
      await ears.work(queue);
      expect(heard.length).toBe(before);
    });
  });
}

/** Subscribed to the other instance of the store; keeps what it hears. */
class Ears {
  readonly #scene: Scene;
  #heard: StoreHint[] = [];
  #watch: (() => void) | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  async open(): Promise<void> {
    const { other } = this.#scene;
    this.#unsubscribe = other.subscribe((hint) => {
      this.#heard.push(hint);
      this.#watch?.();
    });
    // A connection that has just begun to listen says "look".
    if (other.listening === 'lost') await this.until((hint) => hint.kind === 'look', 'the first look');
    this.#heard = [];
  }

  close(): void {
    this.#unsubscribe?.();
  }

  forget(): void {
    this.#heard = [];
  }

  get queues(): readonly string[] {
    return this.#heard.flatMap((hint) => (hint.kind === 'work' ? hint.queues : []));
  }

  work(queue: string): Promise<void> {
    return this.until((hint) => hint.kind === 'work' && hint.queues.includes(queue), `work in ${queue}`);
  }

  async until(matches: (hint: StoreHint) => boolean, what: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const heard = new Promise<void>((resolve) => {
      this.#watch = () => {
        if (this.#heard.some(matches)) resolve();
      };
      this.#watch();
    });
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`never heard: ${what}; heard ${JSON.stringify(this.#heard)}`)), 10_000);
    });
    await Promise.race([heard, silence]).finally(() => clearTimeout(timer));
  }
}
