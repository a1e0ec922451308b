import { isFinalNodeStatus } from '../../core/statuses';
import type { NodeWrite, RecordParams, RecordResult, RunChange } from '../record';
import { claimRank, finishRun, moveRun } from './memory-run';
import type { MemoryRun, MemoryTables } from './memory-run';

const LOST: RecordResult = { kind: 'lost' };

export function record(tables: MemoryTables, params: RecordParams): RecordResult {
  const run = tables.runs.get(params.runId);
  if (run === undefined || run.status !== 'RUNNING' || run.epoch !== params.epoch) return LOST;
  for (const write of params.nodes) writeNode(tables, run, params.generation, write);
  const applied = params.run === undefined || changeRun(tables, run, params.run, params.inbox);
  const { inbox, isCancelRequested, cancelReason } = run;
  return { kind: 'recorded', applied, inbox, isCancelRequested, cancelReason };
}

function writeNode(tables: MemoryTables, run: MemoryRun, generation: number, write: NodeWrite): void {
  const key = write.index === -1 ? write.node : `${write.node}#${write.index}`;
  const known = run.nodes.get(key);
  if (known !== undefined && !mayReplace(known, write)) return;
  const { signalId } = write;
  const signal = signalId === undefined ? undefined : run.signals.find(({ id }) => id === signalId);
  if (signal !== undefined) signal.isTaken = true;
  run.nodes.set(key, {
    node: write.node,
    index: write.index,
    kind: write.kind,
    shape: write.shape,
    status: write.status,
    generation,
    epoch: run.epoch,
    attempt: write.attempt,
    attempts: write.attempts,
    output: write.output,
    error: write.error,
    reason: write.reason,
    wait: write.wait,
    elements: write.elements,
    startedAt: write.startedAt,
    finishedAt: write.finishedAt,
    wakeAt: write.wakeDelayMs === undefined ? undefined : tables.now() + write.wakeDelayMs,
    resetIn: known?.resetIn,
    reusedFrom: known?.reusedFrom,
    seq: tables.nextSeq(),
  });
}

function mayReplace(
  known: { readonly status: NodeWrite['status']; readonly attempt: number },
  write: NodeWrite,
): boolean {
  if (isFinalNodeStatus(known.status)) return false;
  if (known.status === 'PENDING' || write.attempt > known.attempt) return true;
  return write.attempt === known.attempt && !(known.status === 'WAITING' && write.status === 'RUNNING');
}

/** @returns whether the change was allowed */
function changeRun(tables: MemoryTables, run: MemoryRun, change: RunChange, seenInbox: number): boolean {
  switch (change.kind) {
    case 'finish':
      if (run.isCancelRequested && !change.acknowledgesCancel) return false;
      run.output = change.output;
      run.error = change.error;
      run.errors = change.errors;
      finishRun(tables, run, change.status);
      return true;
    case 'park':
      if (run.inbox !== seenInbox) return false;
      moveRun(tables, run, 'WAITING');
      run.wakeAt = earliest(
        change.wakeDelayMs === undefined ? undefined : tables.now() + change.wakeDelayMs,
        run.deadlineAt,
      );
      run.claimRank = claimRank(run.wakeAt ?? Infinity, run.priority);
      return true;
    case 'release':
      moveRun(tables, run, change.refusedBy === undefined ? 'PENDING' : 'WAITING');
      run.wakeAt = tables.now();
      if (change.refusedBy !== undefined) run.refused = [...new Set([...run.refused, change.refusedBy])];
      return true;
  }
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
