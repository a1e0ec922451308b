import type { RecordedAttempt } from '../../core/attempts';
import type { NodeReason } from '../../core/reasons';
import type { RecordedWait } from '../../core/wait';
import type { NodeKind, NodeStatus, RunStatus } from '../../core/statuses';
import type { StoredNode, StoredRun } from '../stored-run';
import type { ClaimedRun } from '../worker-lease';

/** A row of `RUN_COLUMNS`. */
export interface RunRow {
  readonly id: string;
  readonly workflow: string;
  readonly version: string | null;
  readonly flow: string;
  readonly fingerprint: string;
  readonly refused: readonly string[];
  readonly status: RunStatus;
  readonly queue: string;
  readonly priority: number;
  readonly tags: readonly string[];
  readonly input: unknown;
  readonly output: unknown;
  readonly has_output: boolean;
  readonly error: unknown;
  readonly errors: unknown;
  readonly idempotency_key: string | null;
  readonly epoch: number;
  readonly generation: number;
  readonly inbox: number;
  readonly crashes: number;
  readonly owner: string | null;
  readonly parent_id: string | null;
  readonly trace: string | null;
  readonly is_cancel_requested: boolean;
  readonly cancel_reason: string | null;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly wake_at: number | null;
  readonly deadline_at: number | null;
  readonly flow_started_at: number | null;
  readonly forked_from: string | null;
  readonly seq: string;
}

/** A row of `NODE_COLUMNS`. */
export interface NodeRow {
  readonly run_id: string;
  readonly node: string;
  readonly idx: number;
  readonly kind: NodeKind;
  readonly shape: string;
  readonly status: NodeStatus;
  readonly generation: number;
  readonly epoch: number;
  readonly attempt: number;
  readonly attempts: readonly RecordedAttempt[] | null;
  readonly output: unknown;
  readonly has_output: boolean;
  readonly error: unknown;
  readonly reason: NodeReason | null;
  readonly wait: RecordedWait | null;
  readonly elements: number | null;
  readonly reset_in: number | null;
  readonly reused_from: string | null;
  readonly seq: string;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly wake_at: number | null;
}

export function toStoredRun(row: RunRow, nodes: readonly StoredNode[]): StoredRun {
  const { inbox: _, ...common } = toClaimedRun(row, nodes);
  return {
    ...common,
    status: row.status,
    output: row.has_output ? encode(row.output) : undefined,
    error: encodeError(row.error),
    errors: encodeError(row.errors),
    idempotencyKey: row.idempotency_key ?? undefined,
    finishedAt: row.finished_at ?? undefined,
    wakeAt: row.wake_at ?? undefined,
    owner: row.owner ?? undefined,
    refused: row.refused,
    forkedFrom: row.forked_from ?? undefined,
  };
}

/**
 * The record of a flow that went well at once and ended its run in the same write: the run's row holds all of it, and it has no row of
 * its own. That is one row less for each run.
 */
export function flowWithinRun(row: RunRow): StoredNode | undefined {
  if (row.flow_started_at === null) return undefined;
  return {
    node: row.flow,
    index: -1,
    kind: 'flow',
    shape: '',
    status: 'COMPLETED',
    generation: row.generation,
    epoch: row.epoch,
    attempt: 1,
    attempts: [],
    output: row.has_output ? encode(row.output) : undefined,
    startedAt: row.flow_started_at,
    finishedAt: row.finished_at ?? undefined,
    seq: Number(row.seq),
  };
}

/** A row of `CLAIMED_COLUMNS`. */
export type ClaimedRow = Pick<
  RunRow,
  | 'id'
  | 'workflow'
  | 'version'
  | 'flow'
  | 'fingerprint'
  | 'queue'
  | 'priority'
  | 'tags'
  | 'input'
  | 'epoch'
  | 'generation'
  | 'inbox'
  | 'crashes'
  | 'parent_id'
  | 'trace'
  | 'cancel_reason'
  | 'is_cancel_requested'
  | 'created_at'
  | 'started_at'
  | 'deadline_at'
>;

export function toClaimedRun(row: ClaimedRow, nodes: readonly StoredNode[]): ClaimedRun {
  return {
    id: row.id,
    workflow: row.workflow,
    version: row.version ?? undefined,
    flow: row.flow,
    fingerprint: row.fingerprint,
    queue: row.queue,
    priority: row.priority,
    tags: row.tags,
    input: encode(row.input),
    epoch: row.epoch,
    inbox: row.inbox,
    generation: row.generation,
    crashes: row.crashes,
    parentId: row.parent_id ?? undefined,
    trace: row.trace ?? undefined,
    isCancelRequested: row.is_cancel_requested,
    cancelReason: row.cancel_reason ?? undefined,
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    deadlineAt: row.deadline_at ?? undefined,
    nodes,
  };
}

export function toStoredNode(row: NodeRow): StoredNode {
  return {
    node: row.node,
    index: row.idx,
    kind: row.kind,
    shape: row.shape,
    status: row.status,
    generation: row.generation,
    epoch: row.epoch,
    attempt: row.attempt,
    attempts: row.attempts ?? [],
    output: row.has_output ? encode(row.output) : undefined,
    error: encodeError(row.error),
    reason: row.reason ?? undefined,
    wait: row.wait ?? undefined,
    elements: row.elements ?? undefined,
    resetIn: row.reset_in ?? undefined,
    reusedFrom: row.reused_from ?? undefined,
    startedAt: row.started_at ?? undefined,
    finishedAt: row.finished_at ?? undefined,
    wakeAt: row.wake_at ?? undefined,
    // Exact: sequences stay below 2^53 for longer than anyone can count.
    seq: Number(row.seq),
  };
}

/** The text that went in: the codec writes keys in the order in which jsonb returns them, and numbers as JavaScript does. */
export function encode(value: unknown): string {
  return JSON.stringify(value);
}

/** An error is an object, never JSON's null: NULL means that there is none. */
export function encodeError(value: unknown): string | undefined {
  return value === null ? undefined : encode(value);
}
