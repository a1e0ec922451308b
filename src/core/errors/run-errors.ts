import type { RunStatus } from '../statuses';
import { TypeflowError } from './typeflow-error';

/** The workflow, or this version of it, is not among those the runner was created with. */
export class WorkflowNotRegisteredError extends TypeflowError {
  readonly code = 'WORKFLOW_NOT_REGISTERED';
  constructor(
    readonly workflow: string,
    registered: readonly string[],
    /** Absent when no version of the workflow is registered; `'none'` is one without a version. */
    readonly version?: string,
  ) {
    const which = version === undefined ? '' : version === 'none' ? ' without a version' : ` of version "${version}"`;
    const known = version === undefined ? quoted(registered) : `its versions ${quoted(registered)}`;
    super(
      `workflow "${workflow}"${which} is not registered with this runner, which knows ${known}; ` +
        `add it to WorkflowRunner.create({ workflows }), in NestJS to TypeflowModule.forFeature`,
    );
  }
}

/** No node of this name in the workflow. */
export class FlowNotFoundError extends TypeflowError {
  readonly code = 'FLOW_NOT_FOUND';
  constructor(
    readonly workflow: string,
    readonly flow: string,
    flows: readonly string[],
  ) {
    super(`workflow "${workflow}" has no flow "${flow}"; start one of its flows: ${quoted(flows)}`);
  }
}

/** The name is a task's; only flows can be started. */
export class NotAFlowError extends TypeflowError {
  readonly code = 'NOT_A_FLOW';
  constructor(
    readonly workflow: string,
    readonly task: string,
    flows: readonly string[],
  ) {
    super(`"${task}" is a task of workflow "${workflow}", not a flow; start one of its flows: ${quoted(flows)}`);
  }
}

/** No schedule has this name. */
export class ScheduleNotFoundError extends TypeflowError {
  readonly code = 'SCHEDULE_NOT_FOUND';
  constructor(readonly schedule: string) {
    super(`there is no schedule ${JSON.stringify(schedule)}; runner.schedules.list() has all there are`);
  }
}

/** No run has this id. */
export class RunNotFoundError extends TypeflowError {
  readonly code = 'RUN_NOT_FOUND';
  constructor(readonly runId: string) {
    super(
      `no run has the id "${runId}"; it was never started on this database, or was cleaned up: check the id and the database`,
    );
  }
}

/** The run ended FAILED. `cause` is the error of the task that decided it. */
export class RunFailedError extends TypeflowError {
  readonly code = 'RUN_FAILED';
  constructor(
    readonly runId: string,
    /** The node whose error decided the run; `undefined` when no single node did (a deadline). */
    readonly task: string | undefined,
    options: { readonly cause: Error; readonly workflow: string },
  ) {
    const at = task === undefined ? '' : ` in "${task}"`;
    super(`run ${runId} of ${options.workflow} FAILED${at}: ${options.cause.message}`, { cause: options.cause });
  }
}

/** The run ended CANCELLED. */
export class RunCancelledError extends TypeflowError {
  readonly code = 'RUN_CANCELLED';
  constructor(
    readonly runId: string,
    readonly reason: string | undefined,
  ) {
    super(`run ${runId} was CANCELLED${reason === undefined ? '' : `: ${reason}`}`);
  }
}

/** `retry` takes FAILED and CANCELLED runs only. */
export class RunNotRetryableError extends TypeflowError {
  readonly code = 'RUN_NOT_RETRYABLE';
  constructor(
    readonly runId: string,
    readonly status: RunStatus,
  ) {
    super(
      status === 'COMPLETED'
        ? `run ${runId} is COMPLETED and keeps its result; use fork(runId, { from }) to run parts of it again in a new run`
        : `run ${runId} is ${status}; retry takes FAILED and CANCELLED runs: wait until it is over, or cancel it first`,
    );
  }
}

/** `execute` sets held runs going, each once. */
export class RunNotHeldError extends TypeflowError {
  readonly code = 'RUN_NOT_HELD';
  constructor(
    readonly runId: string,
    readonly status: RunStatus,
  ) {
    super(`run ${runId} is ${status} and does not wait for execute; ${NEXT_STEP[status]}`);
  }
}

/** The run was created to be executed later, and never was: nothing of it could be run again. */
export class RunNotExecutedError extends TypeflowError {
  readonly code = 'RUN_NOT_EXECUTED';
  constructor(
    readonly runId: string,
    readonly status: RunStatus,
  ) {
    super(
      `run ${runId} was created and never executed, so there is nothing of it to run again; ` +
        (status === 'PENDING' ? 'execute it' : `it is ${status}: create another one`),
    );
  }
}

const NEXT_STEP: Readonly<Record<RunStatus, string>> = {
  PENDING: 'a worker will claim it: explain tells when',
  RUNNING: 'wait for its result',
  WAITING: 'wait for its result: explain tells what it waits for',
  COMPLETED: 'read its result, or use fork, or start with `from`, to run parts of it again in a new run',
  FAILED: 'use retry to run again what did not complete',
  CANCELLED: 'if it was ever executed, use retry to run again what did not complete',
};

/** A run with the same idempotency key (or id) exists, with another flow or input, or one that is held. */
export class IdempotencyConflictError extends TypeflowError {
  readonly code = 'IDEMPOTENCY_CONFLICT';
  constructor(
    readonly key: string,
    /** The run that has the key. */
    readonly runId: string,
    /** `held`: it was created to be executed later. */
    readonly differs: 'flow' | 'input' | 'workflow' | 'held',
  ) {
    super(
      `key "${key}" already belongs to run ${runId}, ` +
        (differs === 'held'
          ? 'which was created and waits for execute; execute it, or use a new key'
          : `which was started with another ${differs}; use a new key, or start with the same ${differs}`),
    );
  }
}

/** `signal` or `timeout` of `run` or `result` ended the waiting. The run itself goes on. */
export class WaitAbortedError extends TypeflowError {
  readonly code = 'WAIT_ABORTED';
  constructor(
    readonly runId: string,
    because: string,
    options?: ErrorOptions,
  ) {
    super(
      `stopped waiting for run ${runId} (${because}); the run itself goes on: get("${runId}") tells how it stands`,
      options,
    );
  }
}

/** The run is over: it takes no signal any more. */
export class RunOverError extends TypeflowError {
  readonly code = 'RUN_OVER';
  constructor(
    readonly runId: string,
    doing: string,
  ) {
    super(`${doing}: run ${runId} is over, and nothing of it waits any more; start a new run, or retry this one first`);
  }
}

/** One thing that a schema has against a value. */
export interface SchemaIssue {
  /** Such as `items[0].name`; empty for the value as a whole. */
  readonly path: string;
  readonly message: string;
}

/** A schema refused a value. */
export class PayloadInvalidError extends TypeflowError {
  readonly code = 'PAYLOAD_INVALID';
  constructor(
    what: string,
    readonly issues: readonly SchemaIssue[],
    options?: ErrorOptions,
  ) {
    const lines = issues.map(({ path, message }) => `  - ${path === '' ? 'the value' : path}: ${message}`);
    super(`${what} does not fit its schema; mend what follows and try again:\n${lines.join('\n')}`, options);
  }
}

/** The runner has no worker and nobody else could ever run this. */
export class NoWorkerError extends TypeflowError {
  readonly code = 'NO_WORKER';
  constructor(store: string) {
    super(
      `this runner was created with worker: false on ${store}, which no other process can serve; ` +
        `leave worker out, or use a postgres:// database`,
    );
  }
}

/** The runner was closed: before the call, or while a result of this process was awaited. */
export class RunnerClosedError extends TypeflowError {
  readonly code = 'RUNNER_CLOSED';
  constructor(doing: string) {
    super(`${doing}: the runner is closed; unfinished runs go on when a runner is created on the same database`);
  }
}

function quoted(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => `"${name}"`).join(', ');
}
