import { isFinalRunStatus } from '../../core/statuses';
import { LOOKED_AT_PER_RUN } from '../delete-runs';
import type { BeginCleanupParams, CleanupTurn, DeletedRuns, DeleteRunsParams, RunPosition } from '../delete-runs';
import { forgetRun } from './memory-run';
import type { MemoryRun, MemoryTables } from './memory-run';

export function deleteRuns(tables: MemoryTables, { ages, limit, after }: DeleteRunsParams): DeletedRuns {
  const now = tables.now();
  const isOld = ({ status, finishedAt, parentId }: MemoryRun): boolean => {
    const parent = parentId === undefined ? undefined : tables.runs.get(parentId);
    // What a parent waits for is in its child's row.
    if (parent !== undefined && !isFinalRunStatus(parent.status)) return false;
    const age = isFinalRunStatus(status) ? ages[status] : undefined;
    return age !== undefined && finishedAt !== undefined && finishedAt <= now - age;
  };
  const youngest = now - Math.min(...Object.values(ages).map((age) => age ?? Infinity));
  const seen = [...tables.runs.values()]
    .filter((run) => run.createdAt <= youngest && (after === undefined || oldestFirst(run, after) > 0))
    .sort(oldestFirst)
    .slice(0, limit * LOOKED_AT_PER_RUN);
  const chosen = seen.filter(isOld).slice(0, limit);
  for (const { id } of chosen) forgetRun(tables, id);
  const stop =
    chosen.length === limit ? chosen.at(-1) : seen.length === limit * LOOKED_AT_PER_RUN ? seen.at(-1) : undefined;
  return { deleted: chosen.length, next: stop && { createdAt: stop.createdAt, id: stop.id } };
}

export function beginCleanup(tables: MemoryTables, { workerId, everyMs }: BeginCleanupParams): CleanupTurn {
  const age = tables.now() - (tables.cleanedAt ?? -Infinity);
  if (age < everyMs) return { isMine: false, nextMs: everyMs - age };
  const isMine = tables.owned.has(workerId);
  if (isMine) tables.cleanedAt = tables.now();
  return { isMine, nextMs: everyMs };
}

function oldestFirst(a: RunPosition, b: RunPosition): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
