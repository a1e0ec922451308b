// Taken once: tests with fake timers replace it, and the engine must go on under them.
const { setImmediate } = globalThis;

/** Starts out of the queue in one turn of the event loop: calls that end at once would otherwise let nothing else of the process run until none is left. */
const MOST_IN_A_TURN = 500;

/**
 * The places for running attempts in one worker, handed out first come, first served. A place is kept until the method has
 * really ended (a timed-out method may go on), so that runaway tasks cannot pile up without bound.
 */
export class TaskSlots {
  readonly #limit: number;
  readonly #queue = new Set<() => void>();
  #taken = 0;
  #isHandingOut = false;
  /** In this turn of the event loop. */
  #handedOut = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Calls `start` at once if a place is free, else when one becomes free. Whoever is started owes one `release`. */
  acquire(start: () => void): void {
    if (this.#taken < this.#limit && this.#queue.size === 0 && !this.#isHandingOut) {
      this.#taken++;
      start();
      return;
    }
    this.#queue.add(start);
    this.#handOut();
  }

  /** Takes a start back that is still queued; `false` when it already has its place. */
  withdraw(start: () => void): boolean {
    return this.#queue.delete(start);
  }

  release(): void {
    this.#taken--;
    this.#handOut();
  }

  /** Places that whoever asks now would get at once. */
  get free(): number {
    return Math.max(0, this.#limit - this.#taken - this.#queue.size);
  }

  get taken(): number {
    return this.#taken;
  }

  #nextTurn(): void {
    this.#handedOut = 0;
    this.#handOut();
  }

  /** A start may release at once: a loop and not a recursion, for there may be many thousands of these. */
  #handOut(): void {
    if (this.#isHandingOut || this.#queue.size === 0) return;
    this.#isHandingOut = true;
    try {
      for (const start of this.#queue) {
        if (this.#taken >= this.#limit || this.#handedOut >= MOST_IN_A_TURN) break;
        if (this.#handedOut++ === 0) setImmediate(() => this.#nextTurn());
        this.#queue.delete(start);
        this.#taken++;
        start();
      }
    } finally {
      this.#isHandingOut = false;
    }
  }
}
