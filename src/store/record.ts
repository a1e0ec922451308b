import type { RecordedAttempt } from '../core/attempts';
import type { NodeReason } from '../core/reasons';
import type { RecordedWait } from '../core/wait';
import type { FinalRunStatus, NodeKind, NodeStatus } from '../core/statuses';

/**
 * What happened to one run: changed nodes, and at most one change of the run itself. Written as one atomic step, and only
 * when the run still has `epoch` and is RUNNING.
 */
export interface RecordParams {
  readonly runId: string;
  readonly epoch: number;
  /** The inbox the caller has seen: parking is refused (`inbox` of the answer differs) when it has moved on. */
  readonly inbox: number;
  readonly generation: number;
  /** `false` where the writer knows that no crash is charged to the run: then there is none to clear. */
  readonly hasCrashes?: boolean | undefined;
  /** At most one write per (node, index). A recorded final status is never overwritten. */
  readonly nodes: readonly NodeWrite[];
  readonly run?: RunChange | undefined;
  /** Of a run that ends, where there may be others to tell. */
  readonly family?: Family | undefined;
}

/** Whom the end of a run concerns. */
export interface Family {
  /** Its inbox is raised. */
  readonly parent?: string | undefined;
  /** The run may have children: those that are open, and not detached, are cancelled unless it ends COMPLETED. */
  readonly mayHaveChildren: boolean;
}

/** A node's new record. Instants are epoch ms by the worker's estimate of the store's clock, for people to read. */
export interface NodeWrite {
  readonly node: string;
  readonly index: number;
  readonly kind: NodeKind;
  readonly shape: string;
  readonly status: NodeStatus;
  readonly attempt: number;
  /** Appended to nothing: the whole list, as it now stands; empty while one attempt went well. */
  readonly attempts: readonly RecordedAttempt[];
  readonly output?: string | undefined;
  readonly error?: string | undefined;
  readonly reason?: NodeReason | undefined;
  readonly elements?: number | undefined;
  readonly startedAt?: number | undefined;
  readonly finishedAt?: number | undefined;
  /** Of a WAITING node whose method returned a wait. */
  readonly wait?: RecordedWait | undefined;
  /** Of a WAITING node: its next attempt is due, or its wait is over, after this delay, by the store's clock. */
  readonly wakeDelayMs?: number | undefined;
  /** The signal that it waited for and is COMPLETED with: nobody else gets it, once this is written. */
  readonly signalId?: string | undefined;
  /** The writer knows that the store has no record of this node or instance yet. */
  readonly isFirst?: boolean | undefined;
}

export type RunChange =
  /** The run is over. Refused (see `RecordResult.applied`) when a cancel was accepted first
   *  and the caller did not know of it: `acknowledgesCancel` is false. */
  | {
      readonly kind: 'finish';
      readonly status: FinalRunStatus;
      readonly output?: string | undefined;
      readonly error?: string | undefined;
      readonly errors?: string | undefined;
      readonly acknowledgesCancel: boolean;
    }
  /** Nothing to do until `wakeDelayMs` has passed (or the inbox moves): WAITING, unowned. */
  | { readonly kind: 'park'; readonly wakeDelayMs?: number | undefined }
  /** Given back unfinished and uncharged, PENDING; with `refusedBy` WAITING, not to be claimed by that fingerprint again. */
  | { readonly kind: 'release'; readonly refusedBy?: string | undefined };

export type RecordResult =
  /** `applied` is false when `run` was refused (the inbox moved before a park, a cancel came before a finish); the
   *  nodes are then written all the same. */
  | {
      readonly kind: 'recorded';
      readonly applied: boolean;
      readonly inbox: number;
      readonly isCancelRequested: boolean;
      readonly cancelReason?: string | undefined;
    }
  /** The run has another epoch, is final or is gone: stop everything, keep nothing. */
  | { readonly kind: 'lost' };
