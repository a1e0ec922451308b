import { formatDuration } from '../durations';
import type { TaskError } from '../outcome';
import { briefly } from './briefly';
import { TypeflowError } from './typeflow-error';

/** Throw it in a task to end its retries at once: `throw new NonRetryableError('card stolen', { cause })`. */
export class NonRetryableError extends TypeflowError {
  readonly code = 'NON_RETRYABLE';
}

/** An attempt took longer than the task's `timeout`. */
export class TaskTimeoutError extends TypeflowError {
  readonly code = 'TASK_TIMEOUT';
  constructor(
    readonly task: string,
    readonly timeoutMs: number,
  ) {
    super(
      `task "${task}" did not finish within its timeout of ${formatDuration(timeoutMs)}; ` +
        `raise the timeout, or hand ctx.signal to what takes so long`,
    );
  }
}

/** All attempts together took, or would take, longer than `totalTimeout`. `cause` is the last attempt's error. */
export class TotalTimeoutError extends TypeflowError {
  readonly code = 'TOTAL_TIMEOUT';
  constructor(
    readonly task: string,
    readonly totalTimeoutMs: number,
    options?: ErrorOptions,
  ) {
    super(
      `task "${task}" did not succeed within its totalTimeout of ${formatDuration(totalTimeoutMs)}; ` +
        `its cause is the last error: mend that, raise totalTimeout, or shorten the delays of its retries`,
      options,
    );
  }
}

/** The flow could not run because something it needs was skipped, though nothing failed. */
export class FlowSkippedError extends TypeflowError {
  readonly code = 'FLOW_SKIPPED';
  constructor(
    readonly flow: string,
    /** The node that skipped first. */
    readonly task: string,
    readonly reason: string,
  ) {
    super(
      `flow "${flow}" was skipped because of "${task}": ${reason}; a flow that tolerates this says optional('${task}')`,
    );
  }
}

/**
 * What a run that did not go well had done could not all be undone: some compensations FAILED. `errors` holds theirs, `cause` what the run
 * FAILED by before that, or a `RunCancelledError`.
 */
export class CompensationError extends TypeflowError {
  readonly code = 'COMPENSATION_FAILED';
  constructor(
    readonly runId: string,
    readonly errors: readonly TaskError[],
    options: { readonly cause: Error },
  ) {
    const names = [...new Set(errors.map(({ task }) => `"${task}"`))].join(', ');
    super(
      `run ${runId} could not be undone: ${names} failed (${briefly(errors[0])}), after ${briefly(options.cause)}; ` +
        `mend what is in the way, then retry("${runId}", { compensations: true })`,
      options,
    );
  }
}

/** The run was not over at its `deadline`. */
export class DeadlineError extends TypeflowError {
  readonly code = 'DEADLINE_EXCEEDED';
  constructor(readonly runId: string) {
    super(
      `run ${runId} was not over at its deadline; get("${runId}") tells which task took so long: mend it, or start with a later deadline`,
    );
  }
}

/** Why `ctx.signal` was aborted. */
export type AbortCause = 'timeout' | 'cancel' | 'deadline' | 'lease-lost' | 'shutdown';

/** The `reason` of an aborted `ctx.signal`. */
export class AttemptAbortedError extends TypeflowError {
  readonly code = 'ATTEMPT_ABORTED';
  constructor(
    readonly task: string,
    /** Which of the five things ended the attempt. */
    readonly reason: AbortCause,
  ) {
    super(
      `the attempt of task "${task}" was aborted: ${reason}; its result may no longer count, so end the work and throw this`,
    );
  }
}

/** The worker lost its claim on the run; what it did since is dropped, and another worker goes on. */
export class LeaseLostError extends TypeflowError {
  readonly code = 'LEASE_LOST';
  constructor(readonly runId: string) {
    super(`this worker no longer owns run ${runId}; its unrecorded results are dropped and the new owner goes on`);
  }
}

/** The task crashed its worker again and again. */
export class WorkerLostError extends TypeflowError {
  readonly code = 'WORKER_LOST';
  constructor(
    readonly task: string,
    readonly crashes: number,
  ) {
    super(
      `task "${task}" ran when its worker died, ${crashes} times in a row; it is not tried again: ` +
        `look for what ends the process (memory, process.exit, native code), then retry the run`,
    );
  }
}

/** An `each` edge leads away from a task that returned something else than an array. */
export class NotAnArrayError extends TypeflowError {
  readonly code = 'NOT_AN_ARRAY';
  constructor(
    readonly task: string,
    got: string,
  ) {
    super(`task "${task}" returned ${got}, but each('${task}') maps over it; return an array`);
  }
}

/** The `key` function of a task's `concurrency` gave no key. */
export class ConcurrencyKeyError extends TypeflowError {
  readonly code = 'CONCURRENCY_KEY_INVALID';
  constructor(
    readonly task: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(
      `concurrency.key of task "${task}" must return a string, a number or a boolean for the run's input, but it ${problem}; ` +
        `mend the function, then retry the run`,
      options,
    );
  }
}

/** Why there is no `ctx.manager`. */
export type NoManagerCause = 'ordinary' | 'no-database' | 'over';

/** `ctx.manager` was read where there is no transaction. */
export class NoManagerError extends TypeflowError {
  readonly code = 'NO_MANAGER';
  constructor(
    readonly task: string,
    readonly reason: NoManagerCause,
  ) {
    super(`task "${task}" read ctx.manager, but ${NO_MANAGER[reason]}`);
  }
}

const NO_MANAGER: Readonly<Record<NoManagerCause, string>> = {
  ordinary:
    'no transaction was opened for it: declare the task transactional: true, or inject your DataSource and use ctx.idempotencyKey ' +
    'to have the effect once',
  'no-database':
    'the runner is on memory:, where there is no transaction: run it on pglite: or PostgreSQL, or give it a manager in the test',
  over: 'its transaction is over: every statement must have ended before the task returns, and none may follow its timeout',
};

/** The transaction of a task cannot be committed, for what the task itself did with it. */
export class TransactionUnusableError extends TypeflowError {
  readonly code = 'TRANSACTION_UNUSABLE';
  constructor(
    /** `failed`: a statement of it failed. `ended`: the task committed or rolled back. */
    readonly reason: 'failed' | 'ended',
    options?: ErrorOptions,
  ) {
    super(`a transactional task returned, but its transaction cannot be committed: ${UNUSABLE[reason]}`, options);
  }
}

const UNUSABLE = {
  failed:
    'one of its statements had failed, after which PostgreSQL commits nothing; let that error leave the task, or wrap the statement ' +
    'in manager.transaction(), which makes a savepoint',
  ended: 'the task ended it; leave COMMIT and ROLLBACK to the engine, and throw an error to roll back',
} as const;

/** A value cannot be stored: a function, a cycle, `\u0000`, over the size or depth cap, … */
export class ValueNotStorableError extends TypeflowError {
  readonly code = 'VALUE_NOT_STORABLE';
  constructor(
    /** What the value is: `result of "pay"`, `input of order-processing.main`. */
    readonly what: string,
    /** Where in the value: `$.items[3].price`. */
    readonly path: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`${what} cannot be stored: at ${path} ${problem}`, options);
  }
}

/** A stored value cannot be read: a newer version of Typeflow wrote it, or something else changed the row. */
export class ValueNotReadableError extends TypeflowError {
  readonly code = 'VALUE_NOT_READABLE';
  constructor(problem: string, options?: ErrorOptions) {
    super(
      `a stored value cannot be read: ${problem}; read it with the version of Typeflow that wrote it, ` +
        `and never change stored values by hand`,
      options,
    );
  }
}

/** A task made a wait (`ctx.sleep`, `ctx.waitFor`, …) and did not return it, or returned it inside another value. */
export class WaitNotReturnedError extends TypeflowError {
  readonly code = 'WAIT_NOT_RETURNED';
  constructor(
    readonly task: string,
    problem: string,
  ) {
    super(
      `task "${task}" ${problem}; a wait does nothing by itself: make one, and return it alone, as \`return ctx.sleep('1h')\``,
    );
  }
}

/** A transactional task returned a wait: its transaction cannot stay open until that is over. */
export class TransactionalWaitError extends TypeflowError {
  readonly code = 'WAIT_IN_TRANSACTION';
  constructor(readonly task: string) {
    super(
      `task "${task}" is transactional and returned a wait, but its transaction ends with its call; ` +
        `commit in this task, and wait in one of its own that depends on it`,
    );
  }
}

/** What a task waited for did not come within the `timeout` of its wait. */
export class WaitTimeoutError extends TypeflowError {
  readonly code = 'WAIT_TIMEOUT';
  constructor(
    readonly task: string,
    /** The signal that did not come. */
    readonly signal: string,
    readonly timeoutMs: number,
  ) {
    super(
      `task "${task}" waited ${formatDuration(timeoutMs)} for signal "${signal}", which did not come; ` +
        `a flow that can do without it says settled('${task}') or failed('${task}')`,
    );
  }
}

/** The child run that a task waited for FAILED. `cause` is its error. */
export class ChildFailedError extends TypeflowError {
  readonly code = 'CHILD_FAILED';
  constructor(
    readonly task: string,
    /** The child. */
    readonly runId: string,
    options: { readonly cause: Error },
  ) {
    super(
      `task "${task}" waited for run ${runId}, which FAILED (${briefly(options.cause)}); ` +
        `mend its reason, then retry this run, which starts a new child`,
      options,
    );
  }
}

/** The child run that a task waited for was CANCELLED. */
export class ChildCancelledError extends TypeflowError {
  readonly code = 'CHILD_CANCELLED';
  constructor(
    readonly task: string,
    /** The child. */
    readonly runId: string,
    readonly reason: string | undefined,
  ) {
    super(
      `task "${task}" waited for run ${runId}, which was CANCELLED${reason === undefined ? '' : ` (${reason})`}; ` +
        `retry this run to start a new child`,
    );
  }
}

/** A run would be the child of too many others, one in the other: usually one that starts itself. */
export class ChildDepthError extends TypeflowError {
  readonly code = 'CHILD_TOO_DEEP';
  constructor(
    readonly task: string,
    readonly limit: number,
  ) {
    super(
      `task "${task}" asked for a child, but this run has ${limit} runs above it, which is as deep as children may be nested; ` +
        `look for a flow that starts itself, or start the run by itself and wait for a signal of it`,
    );
  }
}
