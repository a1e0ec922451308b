import type { EdgeRule } from '../../graph/edge';
import type { FinalNodeStatus, NodeStatus } from '../../core/statuses';
import type { CodeRefusal } from '../change/code-refusal';
import type { InstanceCounts } from '../run-record';
import type { ExplainedWait } from './wait-reason';

/** A worker, for people (`label`: host name and pid) and for programs. */
export interface WorkerName {
  readonly id: string;
  readonly label: string;
}

/** A recorded error, briefly. */
export interface ErrorName {
  readonly name: string;
  readonly message: string;
}

/**
 * Which call of a node it is. `of` is the highest number that its retries allow, where the code is known; a call that a crash cut
 * off moves it up by one.
 */
export interface ExplainedAttempt {
  readonly attempt: number;
  readonly of: number | undefined;
}

/** Over, and how. `task` is the node that decided a FAILED run; `because` says why something was SKIPPED or CANCELLED. */
export interface ExplainedEnd {
  readonly code: 'final';
  readonly status: FinalNodeStatus;
  readonly at: Date | undefined;
  readonly task: string | undefined;
  readonly error: ErrorName | undefined;
  readonly because: string | undefined;
}

/**
 * No live worker could claim the run.
 *
 * - `worker`: there is none at all
 * - `queue`, `workflow`: none serves the queue, or none has the workflow
 * - `both`: some do one, some the other
 */
export interface NoWorker {
  readonly code: 'no-worker';
  readonly lacks: 'worker' | 'queue' | 'workflow' | 'both';
  readonly queue: string;
  readonly workflow: string;
  /** How many workers are alive. */
  readonly live: number;
}

/** An attempt that waits for a worker of its task's queue. */
export interface QueuedAttempt extends ExplainedAttempt {
  /** When it was offered. */
  readonly since: Date;
  /** A worker had it, and gave no sign of life. */
  readonly isTakenOver: boolean;
}

/** A call on `worker` waits for a slot of a limit of the fleet. */
export interface ConcurrencyFull {
  readonly code: 'concurrency-full';
  /** What is limited: `task:<workflow>:<task>`, `key:<workflow>:<key>` or `queue:<queue>`. */
  readonly key: string;
  /** The limit that holds now: the lowest that a worker has named lately. */
  readonly limit: number;
  readonly worker: WorkerName;
  /** Who holds how many. */
  readonly held: readonly { readonly worker: WorkerName; readonly slots: number }[];
}

/**
 * Why a run is not being executed now, or that it is.
 *
 * - `final`: it is over
 * - `running`: a live worker executes it
 * - `owner-silent`: its worker's lease ended at `since`; the next poll of another one takes it over. `heirs` live workers could
 * - `cancel-requested`: a cancel was accepted, and `worker`, or the next one to claim it, carries it out
 * - `not-due`: it starts at `at`
 * - `held`: it was created and waits for `execute`, which is still to name the flow where that `isOpen`
 * - `backing-off`: it is parked until `until`, when `task` is tried again
 * - `waiting`: it is parked, and `task` is the first of its nodes whose wait comes to an end, or one of those that may wait for ever
 * - `parked`: it is parked for another reason; `calls`: until one of that many calls on other workers ends
 * - `no-worker`: no live worker serves it
 * - `code-changed`: the code of `refusals` versions of its workflow does not fit it, `because` of what each has changed
 * - `sealed`: `refusals` kinds of workers claimed it and could not open its values
 * - `waiting-for-claim`: `workers` live workers serve it, and `before` runs of its queue come first (1,000 stands for more, too)
 */
export type ExplainedRunReason =
  | ExplainedEnd
  | NoWorker
  | { readonly code: 'running'; readonly worker: WorkerName; readonly since: Date | undefined }
  | {
      readonly code: 'owner-silent';
      readonly worker: WorkerName | undefined;
      readonly since: Date | undefined;
      readonly heirs: number;
    }
  | {
      readonly code: 'cancel-requested';
      readonly worker: WorkerName | undefined;
      readonly because: string | undefined;
    }
  | { readonly code: 'not-due'; readonly at: Date }
  | { readonly code: 'held'; readonly isOpen: boolean }
  | {
      readonly code: 'backing-off';
      readonly task: string;
      readonly index: number | undefined;
      readonly until: Date;
    }
  | {
      readonly code: 'waiting';
      readonly task: string;
      readonly index: number | undefined;
      readonly wait: ExplainedWait;
      readonly until: Date | undefined;
    }
  | { readonly code: 'parked'; readonly until: Date | undefined; readonly calls?: number | undefined }
  | {
      readonly code: 'code-changed';
      readonly refusals: number;
      /** By which the run was begun. */
      readonly version: string | undefined;
      readonly because: readonly CodeRefusal[];
    }
  | { readonly code: 'sealed'; readonly refusals: number }
  | { readonly code: 'waiting-for-claim'; readonly workers: number; readonly before: number };

/**
 * A compensation that is not to be called, or not yet.
 *
 * - `waits-for-end`: the run's nodes are not over; it is called after them, if the run does not go well and `task` did
 * - `nothing-to-undo`: `task` did not go well, or in another run
 */
export type NotToUndo =
  | { readonly code: 'waits-for-end'; readonly task: string }
  | { readonly code: 'nothing-to-undo'; readonly task: string; readonly status: NodeStatus };

/** What a node waits for, and how that stands. */
export interface OpenDependency {
  readonly task: string;
  /** How it is needed; `always` for a task that runs when the flow is over, `compensation` for one that undoes what is downstream. */
  readonly rule: EdgeRule | 'always' | 'compensation';
  readonly status: NodeStatus;
  /** Of a RUNNING one, or of a WAITING one that is tried again. */
  readonly attempt: ExplainedAttempt | undefined;
  /** Of one whose method returned a wait that is not over. */
  readonly wait?: ExplainedWait | undefined;
  readonly since: Date | undefined;
  readonly until: Date | undefined;
  /** Of a mapped one. */
  readonly instances: InstanceCounts | undefined;
}

/**
 * Why a node (or an instance of a mapped node) is not running now, or that it is.
 *
 * - `final`: it is over
 * - `running`: it was called, as far as recorded at `since`; a mapped node as a whole has `instances`. `worker` need not be the run's
 * - `queued`: it was offered to the workers of its task's `queue`, which `workers` live ones serve, and none has taken it yet
 * - `no-worker` with `since`: it was offered likewise, and no live worker serves it
 * - `result-waits`: another worker has made the call, and whoever executes the run is to record what came of it
 * - `concurrency-full`: it waits for a slot of `key`; where `held` names `worker` itself, it may just have got one of those
 * - `starting`: all that it depends on is over, and `worker` is calling it, or has called it too short a time ago to say so
 * - `backing-off`: it is called again at `until`, after `error` of `attempt`
 * - `sleeping`, `waits-for-signal`: its method returned that wait
 * - `waits-for-dependency`: something that it depends on is not over
 * - `waits-for-end`, `nothing-to-undo`: a compensation that is not to be called, or not yet
 * - any other: it could go on, but its run is not executed, for this reason; or its run is being cancelled
 */
export type ExplainedNodeReason =
  | ExplainedEnd
  | ({
      readonly code: 'running';
      readonly since: Date | undefined;
      readonly worker: WorkerName;
      readonly instances: InstanceCounts | undefined;
    } & ExplainedAttempt)
  /** `interrupted`: the call that a crash or a closing worker cut off. */
  | { readonly code: 'starting'; readonly worker: WorkerName; readonly interrupted: number | undefined }
  | ({ readonly code: 'backing-off'; readonly until: Date; readonly error: ErrorName | undefined } & ExplainedAttempt)
  | ({ readonly code: 'queued'; readonly queue: string; readonly workers: number } & QueuedAttempt)
  | (NoWorker & QueuedAttempt)
  | ({ readonly code: 'result-waits'; readonly worker: WorkerName | undefined } & ExplainedAttempt)
  | ConcurrencyFull
  | ExplainedWait
  | { readonly code: 'waits-for-dependency'; readonly on: readonly OpenDependency[] }
  | NotToUndo
  | Exclude<ExplainedRunReason, ExplainedEnd | { readonly code: 'running' | 'backing-off' | 'waiting' }>;
