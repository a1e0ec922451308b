import type { RecordedAttempt } from '../../core/attempts';
import type { RetryRunParams } from '../retry-run';
import type { RetryRunResult } from '../store';
import { claimRank, moveRun } from './memory-run';
import type { MemoryNode, MemoryRun, MemoryTables } from './memory-run';

export function retryRun(tables: MemoryTables, params: RetryRunParams): RetryRunResult {
  const run = tables.runs.get(params.runId);
  if (run === undefined) return { kind: 'unknown' };
  if (run.status !== 'FAILED' && run.status !== 'CANCELLED') return { kind: 'refused', status: run.status };
  restart(tables, run, params.compensationsOnly === true);
  const chosen = [...run.nodes.values()].filter((node) => isReset(run, node, params));
  for (const node of chosen) resetNode(tables, node, run.generation);
  return { kind: 'retried', generation: run.generation };
}

function isReset(run: MemoryRun, node: MemoryNode, { reset, compensations = [], ...rest }: RetryRunParams): boolean {
  if (rest.compensationsOnly === true) return node.kind === 'compensation' && node.status !== 'COMPLETED';
  if (node.kind === 'compensation' || node.status !== 'COMPLETED' || reset.includes(node.node)) return true;
  const { name } = compensations.find(({ task }) => task === node.node) ?? {};
  return [...run.nodes.values()].some(
    (one) => one.node === name && one.status !== 'PENDING' && (one.index === node.index || node.index === -1),
  );
}

function restart(tables: MemoryTables, run: MemoryRun, keepsCancel: boolean): void {
  const now = tables.now();
  moveRun(tables, run, 'PENDING');
  run.epoch += 1;
  run.generation += 1;
  run.inbox += 1;
  run.refused = [];
  if (!keepsCancel) {
    run.isCancelRequested = false;
    run.cancelReason = undefined;
  }
  run.output = undefined;
  run.error = undefined;
  run.errors = undefined;
  run.finishedAt = undefined;
  run.wakeAt = now;
  run.claimRank = claimRank(now, run.priority);
  // The time that the deadline allowed is given again in full.
  if (run.deadlineAt !== undefined) run.deadlineAt = now + (run.deadlineAt - (run.retriedAt ?? run.createdAt));
  run.retriedAt = now;
}

function resetNode(tables: MemoryTables, node: MemoryNode, generation: number): void {
  if (node.status === 'COMPLETED') {
    if (node.attempts.length === 0 && node.attempt > 0) node.attempts = [singleCall(node)];
    node.resetIn = generation;
  }
  node.status = 'PENDING';
  node.generation = generation;
  node.output = undefined;
  node.error = undefined;
  node.reason = undefined;
  node.wait = undefined;
  node.elements = undefined;
  node.startedAt = undefined;
  node.finishedAt = undefined;
  node.wakeAt = undefined;
  node.reusedFrom = undefined;
  node.seq = tables.nextSeq();
}

/** The call of a node that went well at once and therefore has no list of attempts yet: history begins with it. */
function singleCall({ attempt, generation, startedAt = 0, finishedAt = 0 }: MemoryNode): RecordedAttempt {
  return { attempt, outcome: 'completed', generation, startedAt, finishedAt };
}
