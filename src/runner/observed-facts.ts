import { isFinalNodeStatus } from '../core/statuses';
import { decodeFailure } from '../core/errors/failure-record';
import type { FlowNode } from '../graph/workflow-graph';
import type { ClaimedCall } from '../store/dispatch';
import type { NodeWrite, RecordParams } from '../store/record';
import type { SafeRun } from '../telemetry/safe-telemetry';
import type { CallFacts, StretchEnd } from '../telemetry/telemetry';

/** A call of another worker's run, as telemetry is told of it. */
export function toCallFacts(claimed: ClaimedCall, { name, kind }: FlowNode): CallFacts {
  const { runId, workflow, flow, queue, index, attempt, failures, trace } = claimed;
  return { runId, workflow, flow, queue, task: name, kind, index, attempt, failures, trace };
}

/** Tells telemetry what has become durable. @param applied whether the record's change of the run was */
export function observeRecord(
  observer: SafeRun,
  { nodes, run }: Pick<RecordParams, 'nodes' | 'run'>,
  applied: boolean,
  now: number,
): void {
  for (const node of nodes) observeNode(observer, node);
  if (run !== undefined && applied) observer.ended(stretchEnd(run, now));
}

function observeNode(observer: SafeRun, write: NodeWrite): void {
  const { node: task, kind, index, status, attempt, startedAt, finishedAt, reason } = write;
  if (!isFinalNodeStatus(status)) return;
  observer.nodeEnded({ task, kind, index, status, attempt, startedAt, finishedAt, reason: reason?.code });
}

function stretchEnd(change: NonNullable<RecordParams['run']>, now: number): StretchEnd {
  if (change.kind === 'park') return { outcome: 'parked' };
  if (change.kind === 'release') return { outcome: 'released' };
  const { status, error } = change;
  return { outcome: 'over', status, at: now, error: error === undefined ? undefined : decodeFailure(error) };
}
