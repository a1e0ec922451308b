import type { EntityManager } from 'typeorm';
import type { Duration } from '../core/durations';
import type { FlowInput, FlowName, WorkflowRef } from '../decorators/workflow-types';

/** How a run is started. */
export interface StartOptions {
  /** The run's id, a lower-case UUID (best version 7). Default: a new one. */
  readonly id?: string;
  /**
   * At most one run per key and workflow: a second start with the same flow and input finds the first run, whatever its status;
   * with another flow or input it throws `IdempotencyConflictError`. Keys beginning with `typeflow:` are reserved.
   */
  readonly idempotencyKey?: string;
  /** The caller's transaction: the run exists if and only if it commits. */
  readonly manager?: EntityManager;
  /** Default: the flow's queue, else the workflow's, else `'default'`. */
  readonly queue?: string;
  /** A whole number; higher runs start first. Default 0. */
  readonly priority?: number;
  /** Not before this instant, by the database's clock. */
  readonly startAt?: Date;
  /** Not before this much time has passed. */
  readonly delay?: Duration;
  /** Labels to find the run by. */
  readonly tags?: readonly string[];
  /**
   * The id of a run of the same workflow, of any flow, whose results are taken over where that is right: of tasks that are COMPLETED
   * there and whose ancestry is equal, shapes and input included. They are not called again.
   */
  readonly from?: string;
  /** When the run must be over, an instant or a duration from now: otherwise it ends FAILED with `DeadlineError`. */
  readonly deadline?: Date | Duration;
}

/** How long a result is waited for. Both only end the waiting: the run goes on. */
export interface ResultOptions {
  readonly signal?: AbortSignal;
  readonly timeout?: Duration;
}

/** The input of a flow as a parameter: left out where the flow takes none. */
export type StartArgs<W extends WorkflowRef, F extends FlowName<W>, Options> =
  undefined extends FlowInput<W, F>
    ? [input?: FlowInput<W, F>, options?: Options]
    : [input: FlowInput<W, F>, options?: Options];

/** As the input of a start `from` a run: that of the other run, as it is stored. @internal */
export const SAME_INPUT = Symbol('the input of the other run');
