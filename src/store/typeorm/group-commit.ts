import type { Clock } from '../../core/clock';
import { DEFAULT_JOURNAL } from '../journal-limits';
import type { JournalLimits } from '../journal-limits';

// Taken once: tests with fake timers replace it, and the engine must go on under them.
const { nextTick } = process;

/** How a batch is written. `again` tells that an earlier try may have taken effect: its answer was lost. */
export type WriteBatch<Request, Result> = (batch: readonly Request[], again: boolean) => Promise<readonly Result[]>;

export interface GroupCommitOptions<Request, Result> {
  readonly clock: Clock;
  readonly write: WriteBatch<Request, Result>;
  /** Two requests of one key never share a batch, and keep their order. */
  readonly keyOf: (request: Request) => string;
  /** Rough size of what is sent, bytes and rows. */
  readonly sizeOf: (request: Request) => { readonly rows: number; readonly bytes: number };
  readonly classify: (error: unknown) => 'connection' | 'conflict' | 'permanent';
  readonly toError: (error: unknown) => Error;
  readonly limits?: JournalLimits;
  /** How long a lost connection is tried again before callers are told, ms. */
  readonly patienceMs?: number;
  /** 0 to 1; injected for tests. */
  readonly random?: () => number;
}

interface Entry<Request, Result> {
  readonly request: Request;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

/** From so many requests on, a batch does not wait for the one in flight: smaller ones are worth to be grouped further. */
const WORTH_A_SECOND = 100;

const MAX_CONFLICTS = 5;
const MAX_BACKOFF_MS = 2_000;

/**
 * Groups concurrent requests into one write: while one batch is in flight, the next one fills. So one commit serves many
 * callers under load, and a lone caller waits for nobody.
 *
 * When an answer comes, the batch that has filled is sent first, and only then are those told whom the answer is for: the
 * database has work while this process goes on with theirs. Under such load that a large batch fills meanwhile, it is sent beside
 * the one in flight: otherwise the database waits while this process is too busy to read its answer.
 */
export class GroupCommit<Request, Result> {
  readonly #options: Required<GroupCommitOptions<Request, Result>>;
  #waiting: Entry<Request, Result>[] = [];
  /** Batches that were sent and not answered; the keys of their requests. */
  #inFlight = 0;
  readonly #keysInFlight = new Set<string>();
  #isScheduled = false;
  #closed: Error | undefined;

  constructor(options: GroupCommitOptions<Request, Result>) {
    this.#options = {
      limits: DEFAULT_JOURNAL,
      patienceMs: 60_000,
      random: Math.random,
      ...options,
    };
  }

  submit(request: Request): Promise<Result> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      this.#schedule();
    });
  }

  /** Requests that wait are rejected, and retries stop; what is in flight ends by itself. */
  close(reason: Error): void {
    this.#closed = reason;
    for (const entry of this.#waiting.splice(0)) entry.reject(reason);
  }

  /** Everything that is asked for before the event loop goes on shares the batch. */
  #schedule(): void {
    if (this.#isScheduled || !this.#maySend) return;
    this.#isScheduled = true;
    const { limits, clock } = this.#options;
    if (limits.maxDelayMs > 0) clock.setTimer(limits.maxDelayMs, () => this.#flushNext());
    else nextTick(() => this.#flushNext());
  }

  get #maySend(): boolean {
    return this.#inFlight === 0 || (this.#inFlight === 1 && this.#waiting.length >= WORTH_A_SECOND);
  }

  #flushNext(): void {
    this.#isScheduled = false;
    if (this.#waiting.length === 0 || !this.#maySend) return;
    const batch = this.#takeBatch();
    if (batch.length === 0) return;
    const keys = batch.map(({ request }) => this.#options.keyOf(request));
    for (const key of keys) this.#keysInFlight.add(key);
    this.#inFlight++;
    void this.#flush(batch).then((tell) => {
      this.#inFlight--;
      for (const key of keys) this.#keysInFlight.delete(key);
      this.#flushNext();
      tell();
    });
  }

  #takeBatch(): readonly Entry<Request, Result>[] {
    const { keyOf, sizeOf, limits } = this.#options;
    const batch: Entry<Request, Result>[] = [];
    const later: Entry<Request, Result>[] = [];
    const keys = new Set(this.#keysInFlight);
    let rows = 0;
    let bytes = 0;
    for (const entry of this.#waiting) {
      const key = keyOf(entry.request);
      const size = sizeOf(entry.request);
      const isFull = batch.length > 0 && (rows + size.rows > limits.maxRows || bytes + size.bytes > limits.maxBytes);
      if (isFull || keys.has(key)) {
        later.push(entry);
      } else {
        batch.push(entry);
        rows += size.rows;
        bytes += size.bytes;
      }
      // Also of a request that was put off: a later one of its key must not overtake it.
      keys.add(key);
    }
    this.#waiting = later;
    return batch;
  }

  /** Writes a batch; returns what tells its callers. */
  async #flush(batch: readonly Entry<Request, Result>[]): Promise<() => void> {
    try {
      const results = await this.#writeStubbornly(batch.map((entry) => entry.request));
      return () => batch.forEach((entry, i) => entry.resolve(results[i] as Result));
    } catch (error) {
      if (batch.length === 1 || this.#options.classify(error) !== 'permanent') {
        const told = this.#options.toError(error);
        return () => batch.forEach((entry) => entry.reject(told));
      }
      // Halved until the bad request stands alone: it must not fail those that only travelled with it.
      const middle = batch.length >> 1;
      const tellFirst = await this.#flush(batch.slice(0, middle));
      const tellSecond = await this.#flush(batch.slice(middle));
      return () => {
        tellFirst();
        tellSecond();
      };
    }
  }

  async #writeStubbornly(batch: readonly Request[]): Promise<readonly Result[]> {
    const { clock, write, classify, patienceMs } = this.#options;
    const givesUpAt = clock.monotonic() + patienceMs;
    let again = false;
    for (let failures = 0, conflicts = 0; ; failures += 1) {
      try {
        return await write(batch, again);
      } catch (error) {
        const failure = classify(error);
        if (failure === 'permanent' || this.#closed !== undefined) throw error;
        if (failure === 'conflict' && (conflicts += 1) > MAX_CONFLICTS) throw error;
        if (failure === 'connection' && clock.monotonic() >= givesUpAt) throw error;
        again ||= failure === 'connection';
        await this.#backoff(failures);
      }
    }
  }

  #backoff(failures: number): Promise<void> {
    const ceiling = Math.min(MAX_BACKOFF_MS, 20 * 2 ** Math.min(failures, 10));
    const delayMs = ceiling * (0.5 + this.#options.random() / 2);
    return new Promise((resolve) => void this.#options.clock.setTimer(delayMs, resolve));
  }
}

/** The same write, with `tell` told after each batch how many requests it had. */
export function told<Request, Result>(
  write: WriteBatch<Request, Result>,
  tell: ((requests: number) => void) | undefined,
): WriteBatch<Request, Result> {
  if (tell === undefined) return write;
  return async (batch, again) => {
    const results = await write(batch, again);
    tell(batch.length);
    return results;
  };
}
