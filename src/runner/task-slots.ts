/**
 * The places for running attempts in one worker, handed out first come, first served. A place is kept until the method has
 * really ended (a timed-out method may go on), so that runaway tasks cannot pile up without bound.
 */
export class TaskSlots {
  readonly #limit: number;
  #taken = 0;
  readonly #queue = new Set<() => void>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Calls `start` at once if a place is free, else when one becomes free. Whoever is started owes one `release`. */
  acquire(start: () => void): void {
    if (this.#taken < this.#limit) {
      this.#taken++;
      start();
    } else {
      this.#queue.add(start);
    }
  }

  /** Takes a start back that is still queued; `false` when it already has its place. */
  withdraw(start: () => void): boolean {
    return this.#queue.delete(start);
  }

  release(): void {
    for (const next of this.#queue) {
      this.#queue.delete(next);
      next();
      return;
    }
    this.#taken--;
  }

  get taken(): number {
    return this.#taken;
  }
}
