import type { Clock, Timer } from '../core/clock';

/** Timers that are cancelled together. */
export class Timers {
  readonly #clock: Clock;
  // Made when first needed: most runs come without.
  #pending: Set<Timer> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  after(delayMs: number, action: () => void): void {
    const pending = (this.#pending ??= new Set());
    const timer = this.#clock.setTimer(Math.max(0, delayMs), () => {
      pending.delete(timer);
      action();
    });
    pending.add(timer);
  }

  cancelAll(): void {
    for (const timer of this.#pending ?? []) timer.cancel();
    this.#pending?.clear();
  }
}
