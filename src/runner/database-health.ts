/** Whether a worker's polls reach the database, and since when they do not. */
export class DatabaseHealth {
  readonly #now: () => number;
  #failures = 0;
  #since: Date | undefined;
  #lastError: string | undefined;

  /** @param now wall time, epoch ms: for people */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many polls in a row have failed. */
  get failures(): number {
    return this.#failures;
  }

  get status(): {
    readonly isConnected: boolean;
    readonly disconnectedSince?: Date;
    readonly lastError?: string;
  } {
    return {
      isConnected: this.#failures === 0,
      ...(this.#since && { disconnectedSince: this.#since }),
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
    };
  }

  /** `true` when it did not answer before. */
  answered(): boolean {
    const wasLost = this.#failures > 0;
    this.#failures = 0;
    this.#since = undefined;
    return wasLost;
  }

  /** `true` for the first failure in a row. */
  failed(error: unknown): boolean {
    this.#failures++;
    this.#since ??= new Date(this.#now());
    this.#lastError = error instanceof Error ? error.message : String(error);
    return this.#failures === 1;
  }
}
