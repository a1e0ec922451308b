/** Every status a run can have. `COMPLETED`, `FAILED` and `CANCELLED` are final: only an explicit `retry` leaves them. */
export const RUN_STATUSES = ['PENDING', 'RUNNING', 'WAITING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;

/** Every status a node can have. `COMPLETED`, `FAILED`, `SKIPPED` and `CANCELLED` are final. */
export const NODE_STATUSES = ['PENDING', 'RUNNING', 'WAITING', 'COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED'] as const;

/**
 * Where a run stands: `PENDING` (waits for a worker or its start time), `RUNNING`, `WAITING` (parked), or one of the
 * final statuses `COMPLETED`, `FAILED`, `CANCELLED`.
 */
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Where a node stands. A node without a record is `PENDING`. */
export type NodeStatus = (typeof NODE_STATUSES)[number];

export type FinalRunStatus = Extract<RunStatus, 'COMPLETED' | 'FAILED' | 'CANCELLED'>;
export type FinalNodeStatus = Extract<NodeStatus, 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED'>;

/** What a node is in the graph. */
export type NodeKind = 'task' | 'flow' | 'compensation';

export function isFinalRunStatus(status: RunStatus): status is FinalRunStatus {
  return status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELLED';
}

export function isFinalNodeStatus(status: NodeStatus): status is FinalNodeStatus {
  return status === 'COMPLETED' || status === 'FAILED' || status === 'SKIPPED' || status === 'CANCELLED';
}
