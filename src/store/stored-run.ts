import type { RecordedAttempt } from '../core/attempts';
import type { NodeReason } from '../core/reasons';
import type { NodeKind, NodeStatus, RunStatus } from '../core/statuses';
import type { RecordedWait } from '../core/wait';
import type { OfferedCall } from './dispatch';

/** A run as a store keeps it. Instants are epoch ms by the store's clock; values are encoded text. */
export interface StoredRun {
  readonly id: string;
  readonly workflow: string;
  readonly version?: string | undefined;
  readonly flow: string;
  readonly fingerprint: string;
  readonly status: RunStatus;
  readonly queue: string;
  readonly priority: number;
  readonly tags: readonly string[];
  readonly input: string;
  readonly output?: string | undefined;
  /** Encoded error of a FAILED run. */
  readonly error?: string | undefined;
  /** Encoded array of the other errors. */
  readonly errors?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly epoch: number;
  readonly generation: number;
  readonly crashes: number;
  readonly isCancelRequested: boolean;
  readonly cancelReason?: string | undefined;
  readonly createdAt: number;
  readonly startedAt?: number | undefined;
  readonly finishedAt?: number | undefined;
  /** When a PENDING run may start, or a WAITING one goes on. */
  readonly wakeAt?: number | undefined;
  readonly deadlineAt?: number | undefined;
  readonly parentId?: string | undefined;
  /** What telemetry keeps with it. */
  readonly trace?: string | undefined;
  /** The worker that owns it now. */
  readonly owner?: string | undefined;
  /** What stands for the code of workers that claimed it and found it incompatible: see `runner/change/code-token`. */
  readonly refused: readonly string[];
  /** The run whose records it took over when it was created. */
  readonly forkedFrom?: string | undefined;
  /** Empty in a page of `listRuns`. In the order of `seq`. */
  readonly nodes: readonly StoredNode[];
  /** Calls that other workers make or are to make, of a run that was read alone and is not over. */
  readonly calls?: readonly OfferedCall[] | undefined;
}

/** A node's (or instance's) record. `index` is -1 for a node as a whole. */
export interface StoredNode {
  readonly node: string;
  readonly index: number;
  readonly kind: NodeKind;
  /** `''` of a COMPLETED flow whose record is part of its run's row. */
  readonly shape: string;
  readonly status: NodeStatus;
  readonly generation: number;
  /** Of the claim that wrote it. */
  readonly epoch: number;
  /** The generation in which a COMPLETED record was last reset: from then on its idempotency key says so. */
  readonly resetIn?: number | undefined;
  /** The run that made the record, where it was taken over from another one. */
  readonly reusedFrom?: string | undefined;
  readonly attempt: number;
  readonly attempts: readonly RecordedAttempt[];
  /** Encoded value of a COMPLETED node. */
  readonly output?: string | undefined;
  /** Encoded error of a FAILED node, or the last error of a WAITING one. */
  readonly error?: string | undefined;
  readonly reason?: NodeReason | undefined;
  /** Of a mapped node as a whole: how many instances it has. */
  readonly elements?: number | undefined;
  readonly startedAt?: number | undefined;
  readonly finishedAt?: number | undefined;
  /** Of a WAITING node whose method returned a wait. */
  readonly wait?: RecordedWait | undefined;
  /** Of a WAITING node: when its next attempt is due, or its wait is over. */
  readonly wakeAt?: number | undefined;
  /** Grows with every change within the run. */
  readonly seq: number;
}

/** Filters of a list; all that are given must hold. */
export interface ListRunsParams {
  readonly workflow?: string | undefined;
  readonly flow?: string | undefined;
  readonly status?: readonly RunStatus[] | undefined;
  readonly queue?: string | undefined;
  /** Children of these runs. */
  readonly parentIds?: readonly string[] | undefined;
  /** Runs that have every one of these tags. */
  readonly tags?: readonly string[] | undefined;
  /** Runs whose error message contains this text, case-insensitively. */
  readonly text?: string | undefined;
  readonly createdAfter?: Date | undefined;
  readonly createdBefore?: Date | undefined;
  /** 1 to 1,000. */
  readonly limit: number;
  /** `(createdAt, id)` of the last run of the previous page. */
  readonly after?: { readonly createdAt: number; readonly id: string } | undefined;
}

export interface RunPage {
  readonly items: readonly StoredRun[];
  readonly hasMore: boolean;
}
