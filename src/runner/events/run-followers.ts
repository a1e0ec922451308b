import type { Clock, Timer } from '../../core/clock';
import { RunNotFoundError, RunnerClosedError } from '../../core/errors/run-errors';
import { isFinalRunStatus } from '../../core/statuses';
import type { RunChanges } from '../../store/run-feed';
import type { Store } from '../../store/store';
import { tokenOf } from './event-cursor';
import type { EventCursor } from './event-cursor';

/** How often the store is asked what other processes have done in the runs that are followed, ms. */
const LOOK_EVERY_MS = 250;
/** Between two looks, however much happens in this process, ms. */
const REST_MS = 20;
/** Runs in one statement. */
const AT_A_TIME = 100;
/** Entries of one run in one answer. */
const PAGE = 500;

interface Follower {
  readonly runId: string;
  readonly cursor: EventCursor;
  readonly resolve: (changes: RunChanges | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Those who follow runs: told soon of what this process records, and within a quarter of a second of what others do. */
export class RunFollowers {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #lookEveryMs: number;
  readonly #restMs: number;
  readonly #waiting = new Set<Follower>();
  #timer: { readonly at: number; readonly timer: Timer } | undefined;
  #isLooking = false;
  #isWanted = false;
  #restUntil = -Infinity;
  #isClosed = false;

  /** @param lookEveryMs where no other process can change a run, rarely */
  constructor(store: Store, clock: Clock, lookEveryMs = LOOK_EVERY_MS) {
    this.#store = store;
    this.#clock = clock;
    this.#lookEveryMs = lookEveryMs;
    this.#restMs = store.kind === 'memory' ? 0 : REST_MS;
  }

  /**
   * What happened behind the cursor, as soon as something has; at once of a run that is over. `undefined` when `signal` was aborted before.
   *
   * @throws RunNotFoundError, RunnerClosedError
   */
  next(runId: string, cursor: EventCursor, signal: AbortSignal | undefined): Promise<RunChanges | undefined> {
    if (this.#isClosed) return Promise.reject(new RunnerClosedError('events'));
    if (signal?.aborted === true) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(follower);
        signal?.removeEventListener('abort', onAbort);
      };
      const follower: Follower = {
        runId,
        cursor,
        resolve: (changes) => (leave(), resolve(changes)),
        reject: (error) => (leave(), reject(error as Error)),
      };
      const onAbort = (): void => follower.resolve(undefined);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(follower);
      this.#lookSoon();
    });
  }

  /** Something happened in this run. */
  nudge(runId: string): void {
    for (const follower of this.#waiting) {
      if (follower.runId !== runId) continue;
      this.#lookSoon();
      return;
    }
  }

  /** Rejects everyone with `RunnerClosedError`. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.timer.cancel();
    for (const follower of [...this.#waiting]) follower.reject(new RunnerClosedError('events'));
  }

  #lookSoon(): void {
    this.#isWanted = true;
    if (this.#isLooking) return;
    const restMs = this.#restUntil - this.#clock.monotonic();
    if (restMs > 0) this.#schedule(restMs);
    else this.#lookNow();
  }

  /** Those who come within the same turn are asked for together. */
  #lookNow(): void {
    this.#isLooking = true;
    queueMicrotask(() => void this.#look());
  }

  #schedule(delayMs: number): void {
    const at = this.#clock.monotonic() + delayMs;
    if (this.#timer !== undefined && this.#timer.at <= at) return;
    this.#timer?.timer.cancel();
    const onDue = (): void => {
      this.#timer = undefined;
      if (!this.#isLooking) this.#lookNow();
    };
    // Somebody waits for an answer: the process is kept for it, as it is for any other.
    this.#timer = { at, timer: this.#clock.setTimer(delayMs, onDue) };
  }

  async #look(): Promise<void> {
    this.#isWanted = false;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    const startedAt = this.#clock.monotonic();
    const asked = [...this.#waiting];
    for (let i = 0; i < asked.length; i += AT_A_TIME) await this.#ask(asked.slice(i, i + AT_A_TIME));
    this.#isLooking = false;
    if (this.#waiting.size === 0 || this.#isClosed) return;
    const now = this.#clock.monotonic();
    this.#restUntil = now + Math.max(this.#restMs, now - startedAt);
    if (this.#isWanted) this.#lookSoon();
    else this.#schedule(Math.max(this.#lookEveryMs, now - startedAt));
  }

  /** A store that does not answer is asked again. */
  async #ask(followers: readonly Follower[]): Promise<void> {
    // Those of one run are answered together, from where the hindmost is.
    const after = new Map<string, number>();
    for (const { runId, cursor } of followers) after.set(runId, Math.min(after.get(runId) ?? Infinity, cursor.seq));
    const follows = [...after].map(([runId, seq]) => ({ runId, after: seq }));
    try {
      const answers = await this.#store.feed.read({ follows, limit: PAGE });
      const byRun = new Map(answers.map((changes) => [changes.runId, changes]));
      for (const follower of followers) this.#answer(follower, byRun.get(follower.runId));
    } catch {
      // The worker's polls log a database that does not answer; following goes on.
    }
  }

  #answer(follower: Follower, changes: RunChanges | undefined): void {
    if (changes === undefined) return follower.reject(new RunNotFoundError(follower.runId));
    const { run, isMore } = changes;
    const entries = changes.entries.filter(({ seq }) => seq > follower.cursor.seq);
    const isNews = tokenOf(run) !== follower.cursor.told || isFinalRunStatus(run.status);
    if (entries.length > 0 || (isNews && !isMore)) follower.resolve({ ...changes, entries });
  }
}
