import { describeReason } from '../core/reasons';
import type { NodeReason } from '../core/reasons';
import type { TaskError } from '../core/outcome';
import type { FollowedEvent, LogLine } from '../runner/events/run-event';
import type { AttemptRecord, NodeRecord, RunRecord } from '../runner/run-record';
import type { WaitRecord } from '../runner/waits/shown-wait';
import type { ShowValue } from './redaction';
import type {
  AttemptView,
  ErrorView,
  EventView,
  LogLineView,
  NodeView,
  ReasonView,
  RunDetailView,
  RunView,
  WaitView,
} from './views';

/** Leaves out what there is not: JSON has no `undefined`. */
export function compact<T extends object>(view: T): T {
  const entries = Object.entries(view).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as T;
}

/** The same, typed as the view whose optional fields are written as `undefined`. */
function view<T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T {
  return compact(fields) as T;
}

export const instant = (date: Date | undefined): string | undefined => date?.toISOString();

export function toRunView(run: RunRecord, show: ShowValue): RunView {
  const { id, workflow, version, status, isHeld, queue, priority, tags, generation, parentId, forkedFrom } = run;
  return view<RunView>({
    id,
    workflow,
    version,
    flow: run.flow === '' ? undefined : run.flow,
    status,
    isHeld,
    isCancelRequested: run.isCancelRequested,
    cancelReason: run.cancelReason,
    input: show(run.input, { kind: 'input', workflow }),
    output: show(run.output, { kind: 'output', workflow }),
    error: run.error && toErrorView(run.error),
    errors: run.errors.map(toErrorView),
    queue,
    priority,
    tags,
    generation,
    createdAt: run.createdAt.toISOString(),
    startedAt: instant(run.startedAt),
    finishedAt: instant(run.finishedAt),
    wakeAt: instant(run.wakeAt),
    parentId,
    forkedFrom,
  });
}

export function toRunDetailView(run: RunRecord, show: ShowValue): RunDetailView {
  return { ...toRunView(run, show), nodes: run.nodes.map((node) => toNodeView(node, run.workflow, show)) };
}

function toNodeView(node: NodeRecord, workflow: string, show: ShowValue): NodeView {
  const { task, kind, compensates, index, status, attempt, reusedFrom, instances } = node;
  return view<NodeView>({
    task,
    kind,
    compensates,
    index,
    status,
    attempt,
    attempts: node.attempts.map(toAttemptView),
    output: show(node.output, { kind: 'output', workflow, task }),
    error: node.error && toErrorView(node.error),
    reason: node.reason && toReasonView(node.reason),
    reusedFrom,
    startedAt: instant(node.startedAt),
    finishedAt: instant(node.finishedAt),
    wait: node.wait && toWaitView(node.wait),
    wakeAt: instant(node.wakeAt),
    instances,
  });
}

function toAttemptView({ startedAt, finishedAt, error, ...rest }: AttemptRecord): AttemptView {
  return view<AttemptView>({
    ...rest,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    error: error && view<NonNullable<AttemptView['error']>>({ ...error, code: error.code }),
  });
}

function toReasonView(reason: NodeReason): ReasonView {
  return { code: reason.code, sentence: describeReason(reason) };
}

function toWaitView({ since, until, ...rest }: WaitRecord): WaitView {
  return view<WaitView>({ ...rest, since: since.toISOString(), until: instant(until) } as WaitView);
}

/** Name, message and code: no stack, and nothing that an error carried along. */
function toErrorView(error: Error & Partial<TaskError>): ErrorView {
  const { name, message, code, task, index, attempts } = error;
  return view<ErrorView>({
    name,
    message,
    code: typeof code === 'string' ? code : undefined,
    task: task === '' ? undefined : task,
    index,
    attempts,
    cause: error.cause instanceof Error ? toErrorView(error.cause) : undefined,
  });
}

export function toEventView(event: FollowedEvent, workflow: string, show: ShowValue): EventView {
  if (event.type === 'log') {
    const { fields, at, ...rest } = event;
    const shown = show(fields, { kind: 'log', workflow, task: event.task });
    return compact({ ...rest, at: at.toISOString(), fields: shown }) as EventView;
  }
  if (event.type === 'progress') return compact({ ...event, at: event.at.toISOString() }) as EventView;
  const { error, wakeAt, finishedAt } = event;
  const common = { error: error && toErrorView(error), wakeAt: instant(wakeAt), finishedAt: instant(finishedAt) };
  if (event.type === 'run') {
    return compact({ ...event, ...common, flow: event.flow === '' ? undefined : event.flow }) as unknown as EventView;
  }
  const { reason, wait, startedAt } = event;
  return compact({
    ...event,
    ...common,
    reason: reason && toReasonView(reason),
    wait: wait && toWaitView(wait),
    startedAt: instant(startedAt),
  }) as unknown as EventView;
}

export function toLogLineView({ fields, at, ...line }: LogLine, workflow: string, show: ShowValue): LogLineView {
  const shown = show(fields, { kind: 'log', workflow, task: line.task }) ?? {};
  return compact({ ...line, at: at.toISOString(), fields: shown }) as LogLineView;
}
