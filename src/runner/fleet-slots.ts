import type { Timer } from '../core/clock';
import type { AttemptEnvironment } from '../execution/attempt-request';
import type { Store } from '../store/store';
import { SlotPool } from './slot-pool';

/** What is limited, and to how many calls at a time over all workers. */
export interface SlotNeed {
  readonly key: string;
  readonly limit: number;
}

export interface FleetSlotsParams {
  readonly store: Pick<Store, 'leaseSlots' | 'returnSlots' | 'findContests'>;
  readonly environment: Pick<AttemptEnvironment, 'clock' | 'random' | 'logger'>;
  /** The id under which the worker is registered now. */
  readonly workerId: () => string;
  /** The store says that the worker's lease is over. */
  readonly onDead: () => void;
}

/** Keys in one statement: it locks a row for each. */
const MAX_KEYS = 500;

/** How often idle slots are given back and waiting workers are looked for, ms. */
const BEAT_MS = 1_000;

/** How long a statement may take to arrive after its sender gave it up, ms: database and network have closed the connection by then. */
const DOUBT_MS = 60_000;

/** After a refusal, and after a lost answer, how long until the next try, ms: at least, and drawn on top. */
const RETRY = { refused: [100, 400], failed: [500, 1_500] } as const;

/**
 * The slots that this worker holds of the fleet's limits, in pools by key. The store is asked only when what calls want differs from
 * what is held: by one statement at a time, for all keys whose demand has changed meanwhile. A pool under steady load asks for nothing;
 * once a second it looks if other workers wait, and a pool gives up what it did not use for that long.
 *
 * Wishes and returns are absolute numbers, so that a lost answer is mended by asking again.
 */
export class FleetSlots {
  readonly #params: FleetSlotsParams;
  readonly #pools = new Map<string, SlotPool>();
  /** Pools that the next exchange looks at. */
  readonly #changed = new Set<SlotPool>();
  /** Pools that wait for `askAgain`. */
  readonly #refused = new Set<SlotPool>();
  /** Keys of which an answer was lost lately. */
  readonly #doubtful = new Map<string, SlotNeed>();
  #exchanging: Promise<void> | undefined;
  #retryTimer: Timer | undefined;
  #beatTimer: Timer | undefined;
  #doubtTimer: Timer | undefined;
  #hasFailed = false;
  /** How many answers were lost: what was sent before that may still arrive, and is then to change nothing. */
  #turn = 0;
  #isClosed = false;

  constructor(params: FleetSlotsParams) {
    this.#params = params;
  }

  /** The pool of a key, to acquire from at once. Where nodes with one key name different limits, the lowest holds. */
  poolOf({ key, limit }: SlotNeed): SlotPool {
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      pool = new SlotPool(key, limit, (changed) => this.#onChange(changed));
      this.#pools.set(key, pool);
      if (this.#beatTimer === undefined) this.#scheduleBeat();
    }
    pool.limit = Math.min(pool.limit, limit);
    return pool;
  }

  /**
   * Asks now for what was refused: it may have become free. Called by the retry timer; whoever hears that slots were returned may
   * call it sooner.
   */
  askAgain(): void {
    this.#retryTimer?.cancel();
    this.#retryTimer = undefined;
    for (const pool of this.#refused) this.#changed.add(pool);
    this.#refused.clear();
    this.#pump();
  }

  /** The worker's lease is over, or its id is another one now: it holds nothing any more. What waits has been withdrawn. */
  reset(): void {
    for (const pool of this.#pools.values()) pool.close();
    this.#pools.clear();
    this.#changed.clear();
    this.#refused.clear();
    this.#doubtful.clear();
  }

  /** Gives everything back and stops. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#retryTimer?.cancel();
    this.#beatTimer?.cancel();
    this.#doubtTimer?.cancel();
    await this.#exchanging;
    const slots = [...this.#pools.values()]
      .filter((pool) => pool.held > 0 || pool.isQueued || pool.isUnsure)
      .map(({ key }) => ({ key, keep: 0 }));
    this.reset();
    if (slots.length === 0) return;
    try {
      await this.#params.store.returnSlots({ workerId: this.#params.workerId(), turn: this.#turn, slots });
    } catch (error) {
      // Whoever wants them finds that this worker is gone.
      this.#failed(error);
    }
  }

  #onChange(pool: SlotPool): void {
    this.#changed.add(pool);
    this.#pump();
  }

  #pump(): void {
    if (this.#exchanging !== undefined || this.#isClosed || this.#changed.size === 0) return;
    this.#exchanging = this.#exchange().finally(() => {
      this.#exchanging = undefined;
      this.#pump();
    });
  }

  async #exchange(): Promise<void> {
    // One turn of the microtask queue: what the same tick wants goes together.
    await Promise.resolve();
    const pools = [...this.#changed].slice(0, MAX_KEYS);
    for (const pool of pools) this.#changed.delete(pool);
    try {
      await this.#giveBack(pools);
      await this.#askFor(pools);
      if (this.#hasFailed)
        this.#params.environment.logger.info({}, 'slots of concurrency limits can be asked for again');
      this.#hasFailed = false;
    } catch (error) {
      this.#failed(error);
      // What was sent may have been done. Asking, or giving back, absolute numbers again puts it right.
      this.#turn++;
      this.#doubt(pools);
    }
    for (const pool of pools) this.#forgetIfEmpty(pool);
  }

  /**
   * Sets it right when the database answers, and again when nothing of before can still arrive: a key that nobody has part in has no
   * row to remember turns, so that a late lease of it would take slots that this worker knows nothing of.
   */
  #doubt(pools: readonly SlotPool[]): void {
    for (const pool of pools) {
      pool.isUnsure = true;
      this.#retryLater(pool, RETRY.failed);
      this.#doubtful.set(pool.key, pool);
    }
    this.#doubtTimer?.cancel();
    this.#doubtTimer = this.#params.environment.clock.setTimer(DOUBT_MS, () => this.#doubtAgain(), {
      background: true,
    });
  }

  #doubtAgain(): void {
    for (const need of this.#doubtful.values()) {
      const pool = this.poolOf(need);
      pool.isUnsure = true;
      this.#changed.add(pool);
    }
    this.#doubtful.clear();
    this.#pump();
  }

  async #giveBack(pools: readonly SlotPool[]): Promise<void> {
    const { store, environment, workerId } = this.#params;
    const giving = pools.filter((pool) => {
      const wantsNoMore = pool.want <= pool.held;
      return pool.surplus > 0 || ((pool.isQueued || pool.isUnsure) && wantsNoMore);
    });
    if (giving.length === 0) return;
    const slots = giving.map((pool) => ({ key: pool.key, keep: pool.takeSurplus(environment.clock.monotonic()) }));
    await store.returnSlots({ workerId: workerId(), turn: this.#turn, slots });
    for (const pool of giving) {
      pool.isQueued = false;
      pool.isUnsure = false;
      this.#refused.delete(pool);
    }
  }

  async #askFor(pools: readonly SlotPool[]): Promise<void> {
    const { store, environment, workerId, onDead } = this.#params;
    // Not for a pool of an id that the worker had before: whoever gets its slots would not know of them.
    const isOurs = (pool: SlotPool): boolean => this.#pools.get(pool.key) === pool;
    const asking = pools.filter((pool) => pool.want > pool.held && isOurs(pool) && !this.#refused.has(pool));
    if (asking.length === 0) return;
    const demands = asking.map(({ key, limit, want }) => ({ key, limit, want }));
    const answer = await store.leaseSlots({ workerId: workerId(), turn: this.#turn, demands });
    if (answer.kind === 'dead') onDead();
    const slots = new Map(answer.kind === 'dead' ? [] : answer.slots.map((one) => [one.key, one]));
    for (const pool of asking) {
      const mine = slots.get(pool.key);
      if (mine !== undefined) pool.granted(mine.held, mine.contest, environment.clock.monotonic());
      // A pool whose surplus is to go first is looked at again by itself.
      if (pool.want > pool.held && pool.surplus === 0) this.#retryLater(pool, RETRY.refused);
    }
  }

  #retryLater(pool: SlotPool, [leastMs, rangeMs]: readonly [number, number]): void {
    if (this.#pools.get(pool.key) !== pool) return;
    this.#refused.add(pool);
    if (this.#isClosed || this.#retryTimer !== undefined) return;
    const { clock, random } = this.#params.environment;
    const delayMs = leastMs + random() * rangeMs;
    this.#retryTimer = clock.setTimer(delayMs, () => this.askAgain(), { background: true });
  }

  #forgetIfEmpty(pool: SlotPool): void {
    if (!pool.isEmpty || pool.isQueued || pool.isUnsure || this.#pools.get(pool.key) !== pool) return;
    this.#pools.delete(pool.key);
    this.#refused.delete(pool);
  }

  #failed(error: unknown): void {
    if (!this.#hasFailed)
      this.#params.environment.logger.warn(
        { err: error },
        'slots of concurrency limits cannot be asked for; trying again',
      );
    this.#hasFailed = true;
  }

  #scheduleBeat(): void {
    this.#beatTimer = this.#params.environment.clock.setTimer(
      BEAT_MS,
      () => {
        void this.#beat().finally(() => {
          this.#beatTimer = undefined;
          if (!this.#isClosed && this.#pools.size > 0) this.#scheduleBeat();
        });
      },
      { background: true },
    );
  }

  async #beat(): Promise<void> {
    const pools = [...this.#pools.values()];
    const keys = pools.filter(({ isInDemand }) => isInDemand).map(({ key }) => key);
    for (const pool of pools) pool.beat();
    if (keys.length === 0) return;
    const { store, environment, workerId } = this.#params;
    try {
      const contests = await store.findContests({ workerId: workerId(), keys });
      for (const key of keys) this.#pools.get(key)?.contested(contests.get(key), environment.clock.monotonic());
    } catch {
      // It is asked again in a second; whether the database answers, the worker's polls tell.
    }
  }
}
