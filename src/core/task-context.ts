import type { EntityManager } from 'typeorm';
import type { TypeflowLogger } from './logger';

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
  /** Writes to the runner's logger, with the run, task and attempt in every line. */
  readonly logger: TypeflowLogger;
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
}
