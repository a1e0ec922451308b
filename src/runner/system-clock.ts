import type { Clock, Timer } from '../core/clock';

/** The longest delay that Node's timers honour; a longer one fires after 1 ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of the machine. Timers longer than Node's limit are made of several. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer: (delayMs, callback, options) => new ChunkedTimer(delayMs, callback, options?.background === true),
};

class ChunkedTimer implements Timer {
  #handle: NodeJS.Timeout | undefined;

  constructor(delayMs: number, callback: () => void, isBackground: boolean) {
    this.#schedule(Math.max(0, delayMs), callback, isBackground);
  }

  cancel(): void {
    clearTimeout(this.#handle);
    this.#handle = undefined;
  }

  #schedule(leftMs: number, callback: () => void, isBackground: boolean): void {
    const chunk = Math.min(leftMs, LONGEST_TIMER_MS);
    const next = leftMs <= LONGEST_TIMER_MS ? callback : () => this.#schedule(leftMs - chunk, callback, isBackground);
    this.#handle = setTimeout(next, chunk);
    if (isBackground) this.#handle.unref();
  }
}
