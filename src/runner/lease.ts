import type { Clock } from '../core/clock';

/**
 * A worker's own view of its lease and of the store's clock. The lease counts from the moment the renewal was sent, by the
 * monotonic clock: a process that was paused knows on waking, before it asks anybody, that it may start nothing more.
 */
export class Lease {
  readonly #clock: Clock;
  readonly #leaseMs: number;
  #validUntil = -Infinity;
  #storeNow: number;
  #readAt: number;

  /** @param leaseMs `Infinity` where leases never end: a store that only this process can reach */
  constructor(clock: Clock, leaseMs: number) {
    this.#clock = clock;
    this.#leaseMs = leaseMs;
    this.#storeNow = clock.now();
    this.#readAt = clock.monotonic();
  }

  /** @param sentAt monotonic ms when the request left; @param storeNow the store's clock in its answer, epoch ms */
  renewed(sentAt: number, storeNow?: number): void {
    this.#validUntil = sentAt + this.#leaseMs;
    if (storeNow === undefined) return;
    this.#storeNow = storeNow;
    this.#readAt = this.#clock.monotonic();
  }

  isValid(): boolean {
    return this.#clock.monotonic() < this.#validUntil;
  }

  /** The store's clock as last read, carried on by the monotonic clock; whole epoch ms. */
  storeNow(): number {
    return Math.round(this.#storeNow + (this.#clock.monotonic() - this.#readAt));
  }
}
