import type { Clock, Timer } from '../core/clock';

// Taken once: tests with fake timers replace it, and virtual time must go on under them.
const { setImmediate } = globalThis;

/** How often the event loop comes round before everything that is settled has been told, through all layers of the engine. */
const TURNS = 5;

interface Pending {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that only moves when it is told to. Timers fire in the order of their instants, those of one instant as they were set. */
export class VirtualClock implements Clock {
  #now: number;
  readonly #pending = new Set<Pending>();

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
    return { cancel: () => void this.#pending.delete(pending) };
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
    await settle();
    for (let due = this.#due(); due !== undefined; due = this.#due()) {
      this.#pending.delete(due);
      due.callback();
      await settle();
    }
  }

  #due(): Pending | undefined {
    let first: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.at <= this.#now && (first === undefined || pending.at < first.at)) first = pending;
    }
    return first;
  }
}

/** Lets everything run that is settled by now. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
