import { RunCancelledError } from '../core/errors/run-errors';
import { CompensationError, DeadlineError, FlowSkippedError } from '../core/errors/task-errors';
import { TotalTimeoutError, WorkerLostError } from '../core/errors/task-errors';
import { toErrorRecord, toStacklessRecord } from '../core/errors/error-record';
import { encodeFailure, rebuildFailure } from '../core/errors/failure-record';
import type { FailureRecord } from '../core/errors/failure-record';
import { describeReason } from '../core/reasons';
import type { NodeReason } from '../core/reasons';
import type { NodeStatus } from '../core/statuses';
import { storableText } from '../core/storable-text';
import { beginWait } from '../core/wait';
import type { AttemptResult, CompletedResult } from '../execution/attempt-request';
import { findNode } from '../graph/find-node';
import type { FlowGraph, FlowNode } from '../graph/workflow-graph';
import type { Command, FailureCause, OwnCause, RunOutcome } from '../planner/commands';
import type { NodeRef, RestoredNode } from '../planner/events';
import type { NodeWrite, RunChange } from '../store/record';
import type { ClaimedRun } from '../store/worker-lease';
import { CallTable, childIdOf } from './call-key';
import { elementsOf } from './restored-elements';
import { NodeHistory } from './node-history';
import type { RunResult } from './run-result';
import { endOf, RunValues } from './run-values';

/** What a record holds besides the history. */
type WriteParts = Pick<
  NodeWrite,
  'output' | 'error' | 'reason' | 'elements' | 'finishedAt' | 'wait' | 'wakeDelayMs' | 'signalId'
>;

const UNBOUNDED = { nodes: Infinity, bytes: Infinity } as const;

const NOTHING: readonly NodeWrite[] = [];

/** How a wait ended. `value` is encoded. */
export type WaitEnd =
  | { readonly kind: 'completed'; readonly value: string; readonly signalId?: string | undefined }
  | { readonly kind: 'failed'; readonly error: Error; readonly signalId?: string | undefined };

type RecordCommand = Extract<Command, { readonly type: 'record' }>;

export interface RecorderOptions {
  /** Told of a node whose task has committed its record itself. */
  readonly onCommitted?: (write: NodeWrite) => void;
  /** Whether the error of an attempt that is followed by another is recorded with its stack. */
  readonly keepsStacks?: boolean | undefined;
}

/** What is known of one run's nodes: values, errors and attempts; and which of it the store does not have yet. */
export class RunRecorder {
  readonly values: RunValues;
  readonly #run: ClaimedRun;
  readonly #onCommitted: (write: NodeWrite) => void;
  readonly #keepsStacks: boolean;
  readonly #flow: FlowGraph;
  readonly #histories = new CallTable<NodeHistory>();
  /** Whose `change` the store does not have yet, oldest first. */
  #changed: NodeHistory[] = [];
  #result: RunResult | undefined;

  constructor(
    run: ClaimedRun,
    flow: FlowGraph,
    flowFailure: () => NodeRef | undefined,
    { onCommitted = () => undefined, keepsStacks = true }: RecorderOptions = {},
  ) {
    this.#onCommitted = onCommitted;
    this.#keepsStacks = keepsStacks;
    this.#run = run;
    this.#flow = flow;
    this.values = new RunValues(flow, run.input, flowFailure);
  }

  get hasChanges(): boolean {
    return this.#changed.length > 0;
  }

  /** Takes changes out, oldest first, up to a bound that one change alone may exceed. */
  takeChanges(bound: { readonly nodes: number; readonly bytes: number } = UNBOUNDED): readonly NodeWrite[] {
    const changed = this.#changed;
    if (changed.length === 0) return NOTHING;
    const writes = changed.map(({ change }) => change as NodeWrite);
    const count = countWithin(writes, bound);
    this.#changed = count === changed.length ? [] : changed.slice(count);
    for (let i = 0; i < count; i++) {
      const history = changed[i] as NodeHistory;
      history.change = undefined;
      history.isStored = true;
    }
    return count === writes.length ? writes : writes.slice(0, count);
  }

  history(node: FlowNode, index: number): NodeHistory {
    let history = this.#histories.get(node, index);
    if (history === undefined) {
      history = new NodeHistory(node, index, this.#run.generation);
      this.#histories.set(node, index, history);
    }
    return history;
  }

  /** Takes in what the store holds, and tells the planner of it. Records of an earlier generation are history only. */
  restore(): RestoredNode[] {
    const restored: RestoredNode[] = [];
    for (const stored of this.#run.nodes) {
      const node = findNode(this.#flow, stored.node);
      if (node === undefined) continue;
      const history = new NodeHistory(node, stored.index, this.#run.generation, stored);
      this.#histories.set(node, stored.index, history);
      const end = endOf(stored);
      if (end !== undefined) this.values.set(node, stored.index, end);
      restored.push({
        node,
        index: stored.index,
        status: stored.status,
        attempt: history.attempt,
        failures: history.failures,
        firstStartedAt: history.startedAt,
        wakeAt: stored.wakeAt,
        isWait: history.wait !== undefined,
        isReused: stored.reusedFrom !== undefined,
        elements: elementsOf(node, stored),
        reason: stored.reason,
      });
    }
    return restored;
  }

  /** Notes how an attempt ended, before the planner is told. */
  attemptEnded({ node, index }: NodeRef, result: AttemptResult | 'aborted', startedAt: number, now: number): void {
    const history = this.history(node, index);
    if (result === 'aborted') history.ended('aborted', startedAt, now);
    else if (result.kind === 'completed') {
      history.returned = result.value;
      history.isCommitted = result.isCommitted === true;
      history.ended('completed', startedAt, now, undefined, result.overran);
    } else if (result.kind === 'waiting') {
      history.wait = beginWait(result.request, now, () => childIdOf(this.#run, { node, index })).wait;
      history.ended('completed', startedAt, now);
    } else if (result.kind === 'skipped') history.ended('skipped', startedAt, now);
    else {
      const stackless = toStacklessRecord(result.error);
      history.thrown = { error: result.error, stackless };
      history.ended(result.timedOut === undefined ? 'failed' : 'timed-out', startedAt, now, stackless);
    }
  }

  /** The record of a call that returns this, for a task that commits it with its work: the same as the planner's command would make. */
  completionOf({ node, index }: NodeRef, result: CompletedResult, startedAt: number, now: number): NodeWrite {
    const history = this.history(node, index);
    const attempts = history.attemptsWhenCompleted(startedAt, now, result.overran);
    const parts = { output: result.value, elements: undefined, finishedAt: now };
    return { ...this.#write(history, 'COMPLETED', parts), attempts };
  }

  /** Notes how a wait ended, before the planner is told. */
  waitEnded({ node, index }: NodeRef, end: WaitEnd): void {
    const history = this.history(node, index);
    history.signalId = end.signalId;
    if (end.kind === 'failed') history.thrown = { error: end.error };
    else history.returned = end.value;
  }

  /** Notes that a call killed its worker, once too often. */
  blame({ node, index }: NodeRef, crashes: number, now: number): void {
    const history = this.history(node, index);
    history.lost(now);
    history.thrown = { error: new WorkerLostError(node.name, crashes) };
  }

  /** Takes in a change that the planner commands, to be written with the next record. */
  change({ node, index, change }: RecordCommand, now: number): void {
    const history = this.history(node, index);
    if (change.status === 'WAITING' && change.isWait === true) {
      this.#put(history, 'WAITING', { wait: history.wait, wakeDelayMs: change.endsInMs });
    } else if (change.status === 'WAITING') {
      history.backsOff(change.delayMs);
      const error = encodeFailure(this.#failure(history, this.#keepsStacks));
      this.#put(history, 'WAITING', { error, wakeDelayMs: change.wakeAt - now });
    } else if (change.status === 'RUNNING') {
      history.startedAt ??= now;
      this.#put(history, 'RUNNING', { elements: change.elements });
    } else this.#final(history, change, now);
  }

  /** Records a call as RUNNING: one that has started, or is about to. */
  running({ node, index, attempt }: NodeRef & { readonly attempt: number }, startedAt: number): void {
    const history = this.history(node, index);
    history.started(attempt, startedAt);
    this.#put(history, 'RUNNING', {});
  }

  #final(
    history: NodeHistory,
    change: Exclude<RecordCommand['change'], { status: 'WAITING' | 'RUNNING' }>,
    now: number,
  ): void {
    const { node, index } = history;
    // A wait ends later than the attempt that returned it.
    const finishedAt = history.wait === undefined ? (history.finishedAt ?? now) : now;
    const { signalId } = history;
    history.wait = history.signalId = undefined;
    if (change.status === 'COMPLETED') {
      const value = history.returned;
      history.returned = undefined;
      if (value !== undefined) this.values.set(node, index, { status: 'COMPLETED', value });
      this.#put(history, 'COMPLETED', { output: value, elements: change.elements, finishedAt, signalId });
    } else if (change.status === 'FAILED') {
      if (change.totalTimedOut === true) totalTimedOut(history);
      // A mapped node fails by its instances, each of which has its own error.
      const failure = history.thrown === undefined ? undefined : this.#failure(history);
      if (failure !== undefined) this.values.set(node, index, { status: 'FAILED', failure });
      this.#put(history, 'FAILED', {
        error: failure && encodeFailure(failure),
        elements: change.elements,
        finishedAt,
        signalId,
      });
    } else {
      const reason = reasonOf(history, change.reason);
      this.values.set(node, index, { status: change.status, reason });
      this.#put(history, change.status, { reason, elements: change.elements, finishedAt });
    }
  }

  #failure({ node, index, attempt, thrown }: NodeHistory, hasStack = true): FailureRecord {
    const record = (hasStack ? undefined : thrown?.stackless) ?? toErrorRecord(thrown?.error);
    return { ...record, task: node.name, ...(index < 0 ? {} : { index }), attempts: attempt };
  }

  #put(history: NodeHistory, status: NodeStatus, parts: WriteParts): void {
    if (history.isCommitted && status === 'COMPLETED') {
      this.#forgetChange(history);
      this.#onCommitted(this.#write(history, status, parts));
      return;
    }
    if (history.change === undefined) this.#changed.push(history);
    history.change = this.#write(history, status, parts);
  }

  /** The store has a later record of it already. */
  #forgetChange(history: NodeHistory): void {
    history.isStored = true;
    if (history.change === undefined) return;
    history.change = undefined;
    this.#changed = this.#changed.filter((one) => one !== history);
  }

  #write(history: NodeHistory, status: NodeStatus, parts: WriteParts): NodeWrite {
    const { node, index, attempt, attempts, startedAt } = history;
    return {
      node: node.name,
      index,
      kind: node.kind,
      shape: node.shape,
      status,
      attempt,
      attempts,
      startedAt,
      output: parts.output,
      error: parts.error,
      reason: parts.reason,
      elements: parts.elements,
      finishedAt: parts.finishedAt,
      wait: parts.wait,
      wakeDelayMs: parts.wakeDelayMs,
      signalId: parts.signalId,
      isFirst: !history.isStored,
    };
  }

  /** The run's own end, as it goes to the store; afterwards `result` has it for those who wait. */
  finish(outcome: RunOutcome, cancel: { readonly reason: string | undefined } | undefined): RunChange {
    const acknowledgesCancel = cancel !== undefined;
    const errors = this.#errors(outcome.errors);
    const common = { kind: 'finish', errors, acknowledgesCancel } as const;
    if (outcome.status === 'COMPLETED') {
      const end = this.values.get(this.#flow.flow, -1);
      const output = end?.status === 'COMPLETED' ? end.value : 'null';
      this.#result = { status: 'COMPLETED', output };
      return { ...common, status: 'COMPLETED', output };
    }
    if (outcome.status === 'CANCELLED') {
      this.#result = { status: 'CANCELLED', reason: cancel?.reason };
      return { ...common, status: 'CANCELLED' };
    }
    const { failure, cause } = this.#cause(outcome.cause, cancel?.reason);
    this.#result = { status: 'FAILED', workflow: this.#run.workflow, task: failure.task, cause };
    return { ...common, status: 'FAILED', error: encodeFailure(failure) };
  }

  /** The end of a run that cannot go on, for a reason that no node has. A cancel that was accepted comes first. */
  failRun(error: unknown, cancel: { readonly reason: string | undefined } | undefined): RunChange {
    if (cancel !== undefined) {
      this.#result = { status: 'CANCELLED', reason: cancel.reason };
      return { kind: 'finish', status: 'CANCELLED', acknowledgesCancel: true };
    }
    const cause = error instanceof Error ? error : new Error(storableText(error, 1_000));
    this.#result = { status: 'FAILED', workflow: this.#run.workflow, task: undefined, cause };
    const failure = encodeFailure({ ...toErrorRecord(cause), attempts: 0 });
    return { kind: 'finish', status: 'FAILED', error: failure, acknowledgesCancel: false };
  }

  /** How the run ended; only after `finish`. */
  result(): RunResult {
    if (this.#result === undefined) throw new TypeError('the run has not ended');
    return this.#result;
  }

  #cause(cause: FailureCause, cancelReason: string | undefined): { failure: FailureRecord; cause: Error } {
    if (cause.kind !== 'compensation') return this.#ownCause(cause);
    const { failed, first } = cause;
    const why =
      first.kind === 'cancel' ? new RunCancelledError(this.#run.id, cancelReason) : this.#ownCause(first).cause;
    const failures = failed.flatMap(({ node, index }) => {
      const end = this.values.get(node, index);
      return end?.status === 'FAILED' ? [rebuildFailure(end.failure)] : [];
    });
    const error = new CompensationError(this.#run.id, failures, { cause: why });
    return { failure: { ...toErrorRecord(error), task: failed[0]?.node.name, attempts: 0 }, cause: error };
  }

  #ownCause(cause: OwnCause): { failure: FailureRecord; cause: Error } {
    if (cause.kind === 'node') {
      const end = this.values.get(cause.node, cause.index);
      const history = this.history(cause.node, cause.index);
      const failure = end?.status === 'FAILED' ? end.failure : this.#failure(history);
      const thrown = history.thrown?.error;
      return { failure, cause: thrown instanceof Error ? thrown : rebuildFailure(failure) };
    }
    const error =
      cause.kind === 'deadline'
        ? new DeadlineError(this.#run.id)
        : new FlowSkippedError(this.#flow.flow.name, cause.node.name, describeReason(cause.reason));
    const task = cause.kind === 'deadline' ? undefined : cause.node.name;
    return { failure: { ...toErrorRecord(error), task, attempts: 0 }, cause: error };
  }

  #errors(refs: readonly NodeRef[]): string | undefined {
    const failures = refs.flatMap(({ node, index }) => {
      const end = this.values.get(node, index);
      return end?.status === 'FAILED' ? [end.failure] : [];
    });
    return failures.length === 0 ? undefined : JSON.stringify(failures);
  }
}

/** Only the record knows whether a call was made: a start that waited for a slot counts as an attempt in the planner. */
function reasonOf({ startedAt }: NodeHistory, reason: NodeReason = { code: 'wind-down' }): NodeReason {
  return reason.code === 'wind-down' && startedAt !== undefined ? { code: 'wind-down', hasBegun: true } : reason;
}

function totalTimedOut(history: NodeHistory): void {
  const { node, thrown } = history;
  const { totalTimeoutMs } = node.options;
  if (totalTimeoutMs === false) return;
  history.thrown = { error: new TotalTimeoutError(node.name, totalTimeoutMs, { cause: thrown?.error }) };
}

/** How many of the first writes stay within the bound; at least one. */
function countWithin(writes: readonly NodeWrite[], bound: { readonly nodes: number; readonly bytes: number }): number {
  let bytes = 0;
  for (let count = 0; count < writes.length; count++) {
    const { output, error } = writes[count] as NodeWrite;
    bytes += (output?.length ?? 0) + (error?.length ?? 0);
    if (count > 0 && (bytes > bound.bytes || count >= bound.nodes)) return count;
  }
  return writes.length;
}
