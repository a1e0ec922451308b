import type { CountBeforeParams, WorkerList } from '../list-workers';
import type { RegisterWorkerParams } from '../worker-lease';
import type { MemoryTables } from './memory-run';

export function registerWorker(
  tables: MemoryTables,
  { workerId, label, queues, workflows }: RegisterWorkerParams,
): void {
  if (tables.owned.has(workerId)) return;
  tables.owned.set(workerId, new Set());
  const now = tables.now();
  tables.workers.set(workerId, { id: workerId, label, queues, workflows, registeredAt: now, seenAt: now });
}

/** Workers here never die without their process, and those that say goodbye leave no trace. */
export function listWorkers(tables: MemoryTables): WorkerList {
  const workers = [...tables.workers.values()].map((worker) => ({ ...worker, isAlive: true }));
  return { now: tables.now(), workers };
}

export function countBefore(tables: MemoryTables, { runId, workflows, limit }: CountBeforeParams): number {
  const me = tables.runs.get(runId);
  if (me === undefined || !tables.claimable.has(me)) return 0;
  const now = tables.now();
  let before = 0;
  for (const run of tables.claimable) {
    const isDue = run.wakeAt !== undefined && run.wakeAt <= now && run.queue === me.queue;
    const isServed = workflows.includes(run.workflow);
    const isFirst = run.claimRank < me.claimRank || (run.claimRank === me.claimRank && run.id < me.id);
    if (isDue && isServed && isFirst) before += 1;
  }
  return Math.min(before, limit);
}
