/**
 * Time as the engine sees it. The pure rooms never read it: they take an instant as an argument.
 *
 * `now` is wall time in epoch milliseconds and is only ever shown to people; what another process may act on (leases,
 * delays, deadlines) is decided by the store's clock. `monotonic` measures durations inside this process.
 */
export interface Clock {
  /** Wall time, epoch milliseconds. */
  now(): number;
  /** Milliseconds since an arbitrary start; never jumps. */
  monotonic(): number;
  /**
   * Calls `callback` once after `delayMs`, however long that is (Node's own timers fire at once beyond 2^31 - 1 ms). With
   * `background: true` the timer alone does not keep the process alive.
   */
  setTimer(delayMs: number, callback: () => void, options?: { readonly background?: boolean }): Timer;
}

/** A pending call of `Clock.setTimer`. */
export interface Timer {
  cancel(): void;
}
