import { shownValue } from '../../core/codec/shown-value';
import { decodeFailure, rebuildFailure } from '../../core/errors/failure-record';
import type { TaskError } from '../../core/outcome';
import type { FeedEntry, FeedLine, FeedNode, FeedProgress, FeedRun } from '../../store/run-feed';
import { shownWait } from '../waits/shown-wait';
import type { LogEvent, LogLine, NodeStatusEvent, ProgressEvent, RunEvent, RunStatusEvent } from './run-event';

/** What the store keeps of a run, as events: for those who follow it, and (made of records) for those who listen in its process. */
export function toEvent(runId: string, entry: FeedEntry): RunEvent {
  if (entry.kind === 'node') return toNodeEvent(runId, entry);
  return entry.kind === 'line' ? toLogEvent(runId, entry) : toProgressEvent(runId, entry);
}

export function toRunEvent(runId: string, run: FeedRun): RunStatusEvent {
  const { workflow, flow, status, generation, isCancelRequested } = run;
  return {
    type: 'run',
    runId,
    workflow,
    flow,
    status,
    generation,
    isCancelRequested,
    error: toError(run.error),
    wakeAt: toDate(run.wakeAt),
    finishedAt: toDate(run.finishedAt),
  };
}

export function toNodeEvent(runId: string, node: Omit<FeedNode, 'seq' | 'kind'>): NodeStatusEvent {
  const { status, generation, attempt, reason, elements } = node;
  return {
    type: 'node',
    runId,
    task: node.node,
    kind: node.nodeKind,
    index: indexOf(node),
    status,
    generation,
    attempt,
    error: toError(node.error),
    reason,
    wait: shownWait(node),
    wakeAt: status === 'WAITING' ? toDate(node.wakeAt) : undefined,
    elements,
    startedAt: toDate(node.startedAt),
    finishedAt: toDate(node.finishedAt),
  };
}

export function toLogEvent(runId: string, line: Omit<FeedLine, 'seq' | 'kind'>): LogEvent {
  return { type: 'log', ...toLogLine(runId, line) };
}

export function toLogLine(runId: string, line: Omit<FeedLine, 'seq' | 'kind'>): LogLine {
  const { node: task, attempt, level, message, at } = line;
  const fields = shownValue(line.fields) as Record<string, unknown>;
  return { runId, task, index: indexOf(line), attempt, level, message, fields, at: new Date(at) };
}

export function toProgressEvent(runId: string, progress: Omit<FeedProgress, 'seq' | 'kind'>): ProgressEvent {
  const { node: task, attempt, fraction, note, at } = progress;
  return { type: 'progress', runId, task, index: indexOf(progress), attempt, fraction, note, at: new Date(at) };
}

function indexOf({ index }: { readonly index: number }): number | undefined {
  return index < 0 ? undefined : index;
}

function toError(encoded: string | undefined): TaskError | undefined {
  return encoded === undefined ? undefined : rebuildFailure(decodeFailure(encoded));
}

function toDate(instant: number | undefined): Date | undefined {
  return instant === undefined ? undefined : new Date(instant);
}
