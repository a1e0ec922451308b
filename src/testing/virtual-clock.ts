import type { Clock, Timer } from '../core/clock';

// Taken once: tests with fake timers replace it, and virtual time must go on under them.
const { setImmediate } = globalThis;

/** Whoever never comes to rest is not waited for. */
const MAX_TURNS = 1_000;

interface Pending {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that only moves when it is told to. Timers fire in the order of their instants, those of one instant as they were set. */
export class VirtualClock implements Clock {
  #now: number;
  readonly #pending = new Set<Pending>();
  #happened = 0;
  #unanswered: () => Promise<void> | undefined = () => undefined;
  #settledAt = -1;

  constructor(startMs: number) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const pending = { at: this.#now + Math.max(0, delayMs), callback };
    this.#pending.add(pending);
    this.touch();
    return { cancel: () => void this.#pending.delete(pending) };
  }

  /** Something happened: whoever waits for rest waits on. */
  touch(): void {
    this.#happened += 1;
  }

  /** A store that answers over a network: nothing is settled while this gives a promise. */
  waitFor(unanswered: () => Promise<void> | undefined): void {
    this.#unanswered = unanswered;
  }

  /** Nothing has happened since everything was last let run. */
  get isSettled(): boolean {
    return this.#settledAt === this.#happened;
  }

  /** When the next timer is due; `Infinity` without one. */
  get nextAt(): number {
    let next = Infinity;
    for (const { at } of this.#pending) next = Math.min(next, at);
    return next;
  }

  /** Moves to an instant that is not in the past. Fires nothing. */
  moveTo(instant: number): void {
    this.#now = Math.max(this.#now, instant);
  }

  /** Fires what is due now, and what becomes due by it, until there is nothing left to do at this instant. */
  async fireDue(): Promise<void> {
    await this.#settle();
    await this.fire();
  }

  /** The same right after the clock was moved, when nothing else can have happened. */
  async fire(): Promise<void> {
    for (let due = this.#due(); due !== undefined; due = this.#due()) {
      this.#pending.delete(due);
      due.callback();
      await this.#settle();
    }
  }

  /**
   * Lets everything run that is settled by now, through all layers of the engine: until a turn of the event loop in which nothing happened. The engine puts
   * nothing off to a later turn.
   */
  async #settle(): Promise<void> {
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      const before = this.#happened;
      await new Promise<void>((resolve) => setImmediate(resolve));
      const unanswered = this.#unanswered();
      if (unanswered !== undefined) {
        await unanswered;
        turn = 0;
      } else if (this.#happened === before) break;
    }
    this.#settledAt = this.#happened;
  }

  #due(): Pending | undefined {
    let first: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.at <= this.#now && (first === undefined || pending.at < first.at)) first = pending;
    }
    return first;
  }
}
