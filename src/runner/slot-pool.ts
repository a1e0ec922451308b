import type { SlotContest } from '../store/slots';

/** How long a worker may use what it just got before it gives a slot to one that has none, ms. */
const TURN_MS = 1_000;

/**
 * One worker's slots of one key: how many it holds by the store, how many of them calls use, and which calls wait. It only
 * counts; `FleetSlots` talks to the store.
 */
export class SlotPool {
  readonly key: string;
  /** How many the fleet may hold. */
  limit: number;
  /** An answer was lost: the store may count more slots as this worker's than the pool does. */
  isUnsure = false;
  /** The store knows that this worker waits for more. */
  isQueued = false;
  readonly #onChange: (pool: SlotPool) => void;
  readonly #waiting = new Set<() => void>();
  #held = 0;
  #used = 0;
  /** The most that were in use at once since the last `beat`. */
  #peak = 0;
  #gainedAt = 0;
  /** A call was let in since the last `beat`. */
  #isBusy = false;
  /** More than this is given back as soon as calls end, because others wait. */
  #quota = Infinity;
  #isHandingOut = false;
  #isClosed = false;

  /** @param onChange the pool may now want more than it holds, or hold more than it wants */
  constructor(key: string, limit: number, onChange: (pool: SlotPool) => void) {
    this.key = key;
    this.limit = limit;
    this.#onChange = onChange;
  }

  get held(): number {
    return this.#held;
  }

  /** How many slots its calls could use now. */
  get want(): number {
    return Math.min(this.limit, this.#used + this.#waiting.size);
  }

  /** Nothing is held, used or waited for: the pool can be forgotten. */
  get isEmpty(): boolean {
    return this.#held === 0 && this.#used === 0 && this.#waiting.size === 0;
  }

  /** Whether it is worth asking if others wait: nothing else would make this pool give anything back. */
  get isInDemand(): boolean {
    return this.#held > 0 && (this.#isBusy || this.#waiting.size > 0);
  }

  /** Calls `start` at once if a slot is free, else when one is. Whoever is started owes one `release`. */
  acquire(start: () => void): void {
    this.#waiting.add(start);
    this.#handOut();
    if (this.#waiting.size > 0) this.#onChange(this);
  }

  /** Takes a start back that still waits; `false` when it already has its slot. */
  withdraw(start: () => void): boolean {
    if (!this.#waiting.delete(start)) return false;
    this.#onChange(this);
    return true;
  }

  release(): void {
    this.#used--;
    if (this.#quota < this.#held) this.#onChange(this);
    this.#handOut();
  }

  /** What the store answered: how many slots are this worker's, and who else wants some. */
  granted(held: number, contest: SlotContest | undefined, now: number): void {
    if (this.#isClosed) return;
    if (held > this.#held) this.#gainedAt = now;
    this.#held = held;
    this.isUnsure = false;
    this.isQueued = this.want > held;
    this.contested(contest, now);
    this.#handOut();
  }

  /**
   * Others wait, or no longer. More than the share goes to them at once; of a share, one slot when this worker had its turn and
   * somebody has none at all: without that a limit below the number of workers would starve some.
   */
  contested(contest: SlotContest | undefined, now: number): void {
    this.#quota = Infinity;
    if (contest === undefined) return;
    if (this.#held > contest.share) this.#quota = contest.share;
    else if (contest.isStarving && now - this.#gainedAt >= TURN_MS) this.#quota = Math.max(0, this.#held - 1);
    if (this.#quota < this.#held) this.#onChange(this);
  }

  /** Called once a second: gives up what was in no use since the last time. */
  beat(): void {
    const idle = this.#held - this.#peak;
    this.#peak = this.#used;
    this.#isBusy = false;
    if (idle <= 0) return;
    this.#quota = Math.min(this.#quota, this.#held - idle);
    this.#onChange(this);
  }

  /** How many slots are to be given back now. */
  get surplus(): number {
    return Math.max(0, this.#held - Math.max(this.#used, this.#quota));
  }

  /** Takes the surplus out: from here on no call gets it. Answers what is kept. */
  takeSurplus(now: number): number {
    const surplus = this.surplus;
    if (surplus > 0) {
      this.#held -= surplus;
      this.#gainedAt = now;
    }
    if (this.#held <= this.#quota) this.#quota = Infinity;
    return this.#held;
  }

  /** The worker's lease is over: what it held is others', and calls that go on no longer count. */
  close(): void {
    this.#isClosed = true;
    this.#held = 0;
    this.#waiting.clear();
  }

  /** A start may release at once: a loop and not a recursion. */
  #handOut(): void {
    if (this.#isHandingOut || this.#waiting.size === 0) return;
    this.#isHandingOut = true;
    try {
      for (const start of this.#waiting) {
        if (this.#used >= Math.min(this.#held, this.#quota)) break;
        this.#waiting.delete(start);
        this.#used++;
        this.#isBusy = true;
        this.#peak = Math.max(this.#peak, this.#used);
        start();
      }
    } finally {
      this.#isHandingOut = false;
    }
  }
}
