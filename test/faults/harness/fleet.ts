import { FaultWorker } from './fault-worker';
import { Proxy } from './proxy';
import { pick } from './seeded-random';
import type { WorkerSetup } from '../workers/worker-process';

/** Several workers at a time: whoever is killed has a successor, which starts while the others go on. */
export class Fleet {
  readonly #setup: WorkerSetup;
  readonly #isProxied: boolean;
  readonly #random: () => number;
  #serving: FaultWorker[] = [];
  readonly #starting = new Set<Promise<void>>();
  readonly #all: FaultWorker[] = [];
  #failure: unknown;

  constructor(setup: WorkerSetup, random: () => number, { isProxied = false } = {}) {
    this.#setup = setup;
    this.#random = random;
    this.#isProxied = isProxied;
  }

  get serving(): readonly FaultWorker[] {
    return this.#serving;
  }

  /** Starts workers, and waits until they serve. */
  async add(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#start()));
  }

  /**
   * Takes out one of those that serve and are as asked, if there is one; never the one that has served longest, so that a witness
   * is left.
   */
  async take(isMeant: (worker: FaultWorker) => boolean): Promise<FaultWorker | undefined> {
    await this.#serve(2);
    const candidates = this.#serving.slice(1).filter(isMeant);
    if (candidates.length === 0) return undefined;
    const taken = pick(this.#random, candidates);
    this.#serving = this.#serving.filter((worker) => worker !== taken);
    return taken;
  }

  /** Takes out any of them. */
  async takeAny(): Promise<FaultWorker> {
    return (await this.take(() => true)) ?? this.takeAny();
  }

  /** Takes out all that serve, `most` of them at most. */
  async takeAll(most: number): Promise<readonly FaultWorker[]> {
    await this.#serve(1);
    return this.#serving.splice(0, most);
  }

  giveBack(worker: FaultWorker): void {
    this.#serving.push(worker);
  }

  /** A successor begins to start; nobody waits for it. */
  replace(): void {
    const starting: Promise<void> = this.#start()
      .catch((error: unknown) => void (this.#failure ??= error))
      .finally(() => this.#starting.delete(starting));
    this.#starting.add(starting);
  }

  /** Lets all drain. Whoever does not end by itself is an error, for a worker must never hang. */
  async stop(): Promise<void> {
    await Promise.all(this.#starting);
    const ends = await Promise.all(this.#serving.map((worker) => worker.stop()));
    if (this.#failure !== undefined) throw this.#failure;
    if (ends.some((end) => end !== 0)) {
      throw new Error(`workers did not drain: ${ends.join()}\n${this.#all.map(({ stderr }) => stderr).join('')}`);
    }
  }

  /** Kills whatever is left, frozen ones too. */
  async destroy(): Promise<void> {
    await Promise.allSettled(this.#starting);
    await Promise.all(this.#all.filter(({ isAlive }) => isAlive).map((worker) => worker.kill()));
    await Promise.all(this.#all.map(({ proxy }) => proxy?.close().catch(() => undefined)));
  }

  /** Waits until so many serve. */
  async #serve(count: number): Promise<void> {
    while (this.#serving.length < count) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#starting.size === 0) throw new Error('no worker is left');
      await Promise.race(this.#starting);
    }
  }

  async #start(): Promise<void> {
    const proxy = this.#isProxied ? await Proxy.to(this.#setup.database) : undefined;
    const worker = new FaultWorker(this.#setup, proxy);
    this.#all.push(worker);
    await worker.serving();
    this.#serving.push(worker);
  }
}
