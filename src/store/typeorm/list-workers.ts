import type { StoredWorker, WorkerList } from '../list-workers';

/** A row of `listWorkersSql`; without a worker all but the clock is NULL. */
export interface WorkerRow {
  readonly now: number;
  readonly id: string | null;
  readonly label: string;
  readonly queues: readonly string[];
  readonly workflows: readonly string[];
  readonly is_alive: boolean;
  readonly registered_at: number;
  readonly seen_at: number;
  readonly lease_until: number | null;
}

export function toWorkerList(rows: readonly WorkerRow[]): WorkerList {
  return { now: rows[0]?.now ?? 0, workers: rows.flatMap(toWorker) };
}

function toWorker({ id, label, queues, workflows, ...row }: WorkerRow): readonly StoredWorker[] {
  if (id === null) return [];
  const times = { registeredAt: row.registered_at, seenAt: row.seen_at, leaseUntil: row.lease_until ?? undefined };
  return [{ id, label, queues, workflows, ...times, isAlive: row.is_alive }];
}
