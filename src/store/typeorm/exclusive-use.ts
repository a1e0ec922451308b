/**
 * Turns at the only connection there is. A transaction of a task takes longer than anybody should stand in the pool's line; so statements of
 * the engine wait here while one is open or next, and the one after it waits for those that waited: neither side starves.
 */
export class ExclusiveUse {
  #statements = 0;
  /** Statements that wait for the open transaction, or the next one, to end. */
  #waiting: (() => void)[] = [];
  /** Transactions that wait, oldest first. */
  readonly #wanted: (() => void)[] = [];
  #isTaken = false;

  /** One statement, when no transaction is open or was asked for before. */
  async share<T>(statement: () => Promise<T>): Promise<T> {
    if (this.#isTaken || this.#wanted.length > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#statements++;
    try {
      return await statement();
    } finally {
      this.#statements--;
      this.#next();
    }
  }

  /** Settles when the connection is the caller's alone; what it answers gives it back, once. */
  async take(): Promise<() => void> {
    await new Promise<void>((resolve) => {
      this.#wanted.push(resolve);
      this.#next();
    });
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#isTaken = false;
      const waiting = this.#waiting;
      this.#waiting = [];
      this.#statements += waiting.length;
      for (const goOn of waiting) goOn();
      this.#next();
    };
  }

  #next(): void {
    if (this.#isTaken || this.#statements > 0) return;
    const taker = this.#wanted.shift();
    if (taker === undefined) return;
    this.#isTaken = true;
    taker();
  }
}
