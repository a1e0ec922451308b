import type { EntityManager } from 'typeorm';
import type { Deferred } from './deferred';
import type { Duration } from './durations';
import type { TaskLogger } from './logger';
import type { Signal } from './signal';

/**
 * What a task or flow is handed as its last argument: what it runs for, and what it may tell the engine.
 *
 * @typeParam Input the run's input
 */
export interface TaskContext<Input = unknown> {
  /** The run's input, as every task of the run sees it. */
  readonly input: Input;
  readonly runId: string;
  /** The name of this task. */
  readonly task: string;
  /** Of a mapped task: the position of its element, from 0; otherwise `undefined`. */
  readonly index: number | undefined;
  /** Which call of this task it is, from 1. */
  readonly attempt: number;
  /**
   * Aborted when this attempt's result no longer counts: by timeout, cancel, deadline, lost lease or shutdown. Its `reason` is an
   * `AttemptAbortedError` (a `TaskTimeoutError` for a timeout) that says which. Hand it to `fetch` and the like.
   */
  readonly signal: AbortSignal;
  /**
   * `runId:task[:index]`, the same in every attempt: hand it to services that remove duplicates, because a task whose worker dies
   * before its result is recorded runs again.
   */
  readonly idempotencyKey: string;
  /** When this attempt times out; `undefined` without a timeout. */
  readonly deadline: Date | undefined;
  /**
   * Writes to the runner's logger, with the run, task and attempt in every line. Lines from `info` on are kept with the run as well, the
   * last 1,000 (`runLogs`): `runner.logs` has them.
   *
   * @example ctx.logger.info('charging'); ctx.logger.info({ cents }, 'charged'); ctx.logger.error(error);
   */
  readonly logger: TaskLogger;
  /**
   * Tells how far the task is, for whoever follows the run: `runner.events` has the last that it told. It is no result: nothing waits for it, and
   * the next attempt begins anew.
   *
   * @param fraction from 0 to 1; what is below or above is taken for 0 or 1
   * @param note for people, such as `'page 3 of 12'`
   * @throws ArgumentError when `fraction` is no number
   * @example for (const [i, page] of pages.entries()) { await print(page); ctx.progress((i + 1) / pages.length, page.title); }
   */
  progress(fraction: number, note?: string): void;
  /**
   * The transaction of a task declared `transactional: true`: what is done on it commits together with the task's completion. Elsewhere,
   * and when the transaction is over, reading it throws `NoManagerError`.
   */
  readonly manager: EntityManager;
  /**
   * Ends the task as SKIPPED; it never returns. Tasks that need its value are skipped too, unless they say `optional`.
   * A task that catches what this throws has not skipped.
   */
  skip(reason: string): never;

  /**
   * A wait to return: the task completes after this time, with `undefined`. It survives crashes and deployments, and a run that only waits
   * takes no memory. Neither `timeout` nor `retries` apply to it.
   *
   * @param duration from the end of this call on, by the database's clock; at most ten years
   * @throws ArgumentError
   * @example return ctx.sleep('2h');
   */
  sleep(duration: Duration): Deferred<undefined>;
  /** A wait to return, until an instant by the database's clock; one that has passed is over at once. @throws ArgumentError */
  sleepUntil(instant: Date): Deferred<undefined>;
  /**
   * A wait to return: the task completes with the payload of a signal of this name, sent by `handle.signal` or `runner.signal` before or
   * after; each signal is for one wait. The run may be parked for as long as that takes.
   *
   * @param options.timeout after which the task FAILS with `WaitTimeoutError`, without a retry; default none: it may wait for ever
   * @throws ArgumentError for a bad name or timeout
   * @example
   * const approved = signal<{ by: string }>('approved');
   * return ctx.waitFor(approved, { timeout: '2d' });
   */
  waitFor<Payload>(signal: Signal<Payload, unknown> | string, options?: WaitOptions): Deferred<Payload>;
}

export interface WaitOptions {
  readonly timeout?: Duration | undefined;
}
