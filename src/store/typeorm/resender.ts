import type { Clock } from '../../core/clock';
import { classifyDatabaseError } from './database-errors';

export interface ResenderOptions {
  readonly clock: Clock;
  /** How long a lost connection is tried again before the caller is told, ms. */
  readonly patienceMs?: number;
  /** 0 to 1; injected for tests. */
  readonly random?: () => number;
}

/** `again`: an earlier try may have taken effect, its answer was lost. */
export type Attempt<T> = (again: boolean) => Promise<T>;

const MAX_CONFLICTS = 5;
const MAX_BACKOFF_MS = 1_000;

/** Sends once more what failed for a reason that passes. */
export class Resender {
  readonly #options: Required<ResenderOptions>;
  #isClosed = false;

  constructor(options: ResenderOptions) {
    this.#options = { patienceMs: 10_000, random: Math.random, ...options };
  }

  /** No further tries from here on. */
  close(): void {
    this.#isClosed = true;
  }

  /** For what may take effect twice: also after a lost connection, as long as patience lasts. */
  async repeat<T>(attempt: Attempt<T>): Promise<T> {
    const { clock, patienceMs } = this.#options;
    const givesUpAt = clock.monotonic() + patienceMs;
    return this.#send(attempt, () => clock.monotonic() < givesUpAt);
  }

  /** For what must not: only after a conflict, which the database has rolled back. */
  async once<T>(attempt: () => Promise<T>): Promise<T> {
    return this.#send(attempt, () => false);
  }

  async #send<T>(attempt: Attempt<T>, mayRepeat: () => boolean): Promise<T> {
    let again = false;
    for (let failures = 0, conflicts = 0; ; failures += 1) {
      try {
        return await attempt(again);
      } catch (error) {
        const failure = classifyDatabaseError(error);
        if (failure === 'permanent' || this.#isClosed) throw error;
        if (failure === 'conflict' && (conflicts += 1) > MAX_CONFLICTS) throw error;
        if (failure === 'connection' && !mayRepeat()) throw error;
        again ||= failure === 'connection';
        await this.#backoff(failures);
      }
    }
  }

  #backoff(failures: number): Promise<void> {
    const delayMs = Math.min(MAX_BACKOFF_MS, 20 * 2 ** Math.min(failures, 10)) * (0.5 + this.#options.random() / 2);
    return new Promise((resolve) => void this.#options.clock.setTimer(delayMs, resolve));
  }
}
