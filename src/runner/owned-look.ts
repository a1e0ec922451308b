/**
 * Which polls also ask how the runs stand that the worker owns. Under load it polls many times a second, only to fill places that have
 * become free; a list of hundreds of runs with each of those would cost more than the claim.
 */
export class OwnedLook {
  readonly #everyMs: number;
  #isWanted = true;
  #lastAt = -Infinity;

  /** @param everyMs what is asked at least this often, as long as there are polls */
  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** The next poll shall ask. */
  want(): void {
    this.#isWanted = true;
  }

  /** Whether the poll that is sent now, by a monotonic clock in ms, asks. */
  isDue(now: number): boolean {
    if (!this.#isWanted && now - this.#lastAt < this.#everyMs) return false;
    this.#isWanted = false;
    this.#lastAt = now;
    return true;
  }
}
