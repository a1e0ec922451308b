import { isFinalRunStatus } from '../../core/statuses';
import { claimRank, finishRun } from './memory-run';
import type { MemoryTables } from './memory-run';

export function requestCancel(
  tables: MemoryTables,
  params: { readonly runId: string; readonly reason?: string | undefined },
): 'accepted' | 'final' | 'unknown' {
  const run = tables.runs.get(params.runId);
  if (run === undefined) return 'unknown';
  if (isFinalRunStatus(run.status)) return 'final';
  if (!run.isCancelRequested) run.cancelReason = params.reason;
  run.isCancelRequested = true;
  run.inbox += 1;
  if (run.status === 'RUNNING') return 'accepted';
  // What was taken over from another run has not started here.
  const isUntouched = run.startedAt === undefined || (run.nodes.size === 0 && run.calls.size === 0);
  // A worker ends the child of another run, and tells that.
  if (isUntouched && run.parentId === undefined) {
    finishRun(tables, run, 'CANCELLED');
  } else {
    run.wakeAt = tables.now();
    run.claimRank = claimRank(run.wakeAt, run.priority);
  }
  return 'accepted';
}
