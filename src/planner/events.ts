import type { NodeReason } from '../core/reasons';
import type { NodeStatus } from '../core/statuses';
import type { FlowNode } from '../graph/workflow-graph';

/** Which call is meant: a node, and for a mapped node the instance. `index` is `WHOLE` for a node that is not mapped. */
export interface NodeRef {
  readonly node: FlowNode;
  readonly index: number;
}

/** The `index` of a node as a whole: of one that is not mapped, or of the mapped node above its instances. */
export const WHOLE = -1;

/** What happened. The planner is told everything through these; it knows no clock, value or error object. */
export type PlannerEvent =
  /** A new run begins, or a claimed one goes on: `records` is what the store holds of it. */
  | { readonly type: 'begin'; readonly records: readonly RestoredNode[]; readonly cancel?: CancelCause | undefined }
  /**
   * The method returned, or what it waits for has come. `elements` is the length of the value where it is an array, and must be given when an `each`
   * edge leads away from the node; a value that is no array there is the caller's to report as `failed`.
   */
  | ({ readonly type: 'completed'; readonly elements?: number | undefined } & NodeRef)
  /**
   * An attempt failed, or a wait did. `isRetryable` is the verdict of `retryIf` and `NonRetryableError`, `delayMs` the backoff that
   * `execution/` drew for the next attempt; whether there is one, and when, the planner decides. `firstStartedAt` is given when the
   * call's first attempt began later than it was commanded, because it waited for another worker: `totalTimeout` counts from it.
   */
  | ({
      readonly type: 'failed';
      readonly isRetryable: boolean;
      readonly delayMs: number;
      readonly firstStartedAt?: number | undefined;
    } & NodeRef)
  /** The method returned a wait, which is over after `endsInMs` at the latest; its end is told by `completed`, or `failed` for good. */
  | ({ readonly type: 'waiting'; readonly endsInMs: number | undefined } & NodeRef)
  /** The method called `ctx.skip(reason)`. */
  | ({ readonly type: 'skipped'; readonly reason: string } & NodeRef)
  /**
   * An attempt that was told to abort ended without a result that counts, or outlived the grace period; or a `start` was not
   * carried out because the run winds down (`mayStart`). Where the node may still run it changes nothing: the run was given up.
   */
  | ({ readonly type: 'aborted' } & NodeRef)
  /** The instant of a `backoff` command has come. */
  | ({ readonly type: 'due' } & NodeRef)
  /** A cancel was accepted, or the run's deadline passed. */
  | { readonly type: 'cancel'; readonly cause: CancelCause };

/** Why a run is being wound down from outside. */
export type CancelCause = 'cancel' | 'deadline';

/** What the store holds of a node or instance when a run goes on after a crash, a park or a retry. */
export interface RestoredNode extends NodeRef {
  /** PENDING is a node that a retry of the run has reset: it starts anew, but its attempts go on counting. */
  readonly status: NodeStatus;
  /** Calls known to have started. */
  readonly attempt: number;
  /**
   * Calls among them that count against `retries`: those that failed or timed out since the last reset. By default all, for
   * RUNNING all but the last, for PENDING none.
   */
  readonly failures?: number | undefined;
  /** When the first attempt started, epoch ms: `totalTimeout` counts from it. */
  readonly firstStartedAt?: number | undefined;
  /** Of a WAITING record: when the next attempt is due, or the wait is over, epoch ms. */
  readonly wakeAt?: number | undefined;
  /** Another run made the record: its effects are not this one's to undo. */
  readonly isReused?: boolean | undefined;
  /** Of a WAITING record: its method returned a wait. */
  readonly isWait?: boolean | undefined;
  /** Of a COMPLETED array that is mapped over, or of a mapped node as a whole: how many elements. */
  readonly elements?: number | undefined;
  /** Of a SKIPPED or CANCELLED record. */
  readonly reason?: NodeReason | undefined;
}
