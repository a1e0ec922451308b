import { describeReason } from '../../core/reasons';
import { isFinalNodeStatus } from '../../core/statuses';
import type { FinalNodeStatus } from '../../core/statuses';
import { findNode } from '../../graph/find-node';
import type { FlowGraph, FlowNode } from '../../graph/workflow-graph';
import type { StoredNode, StoredRun } from '../../store/stored-run';
import type { OfferedCall } from '../../store/dispatch';
import { callKey, callReason } from './call-reason';
import type { OpenCalls } from './call-reason';
import { compensationsBefore, notToUndo } from './compensation-reason';
import type { Fleet } from './fleet';
import { attemptOf, errorOf, instancesOf, sinceOf, toDate } from './recorded-call';
import type { ExplainedNodeReason, ExplainedRunReason, OpenDependency, WorkerName } from './reasons';
import { fullSlot } from './slot-reason';
import { waitReason } from './wait-reason';

/** A node or an instance, as far as this process knows it: `node` where its code stands, `stored` where it has a record. */
export interface KnownNode {
  readonly node: FlowNode | undefined;
  readonly stored: StoredNode | undefined;
}

export interface NodeContext {
  readonly run: StoredRun;
  /** Absent where the code that began the run is not known here. */
  readonly flow: FlowGraph | undefined;
  /** The records of nodes as a whole, by name. */
  readonly wholes: ReadonlyMap<string, StoredNode>;
  /** Why the run as a whole stands as it does. */
  readonly runReason: ExplainedRunReason;
  readonly fleet: Fleet;
  readonly calls: OpenCalls;
}

/** Why a node that has not ended is not running now: the first of these that holds. @param call what another worker makes of it, or is to make */
export function nodeReason(context: NodeContext, known: KnownNode, call: OfferedCall | undefined): ExplainedNodeReason {
  const { stored, node } = known;
  const { runReason } = context;
  const { now } = context.fleet;
  if (stored !== undefined && isFinalNodeStatus(stored.status)) return finalReason(stored, stored.status);
  if (runReason.code === 'final') return runReason;
  const outlivesCancel = node?.always === true || node?.undoes !== undefined || stored?.kind === 'compensation';
  if (runReason.code === 'cancel-requested' && !outlivesCancel) return runReason;
  if (call !== undefined) return callReason(context, call, stored, node);
  if (stored?.status === 'RUNNING') return runningReason(context, stored, node);
  const wait = waitReason(stored, now);
  if (wait !== undefined) return wait;
  if (stored?.status === 'WAITING' && (stored.wakeAt ?? 0) > now) return backingOff(context, stored, node);
  if (node?.undoes !== undefined && !hasBegun(stored)) {
    const not = notToUndo(context, node);
    if (not !== undefined) return not;
  }
  const on = openDependencies(context, known);
  if (on.length > 0) return { code: 'waits-for-dependency', on };
  return readyReason(context, node, undefined);
}

function finalReason(stored: StoredNode, status: FinalNodeStatus): ExplainedNodeReason {
  const error = status === 'FAILED' ? errorOf(stored.error) : undefined;
  return {
    code: 'final',
    status,
    at: toDate(stored.finishedAt),
    task: undefined,
    error: error && { name: error.name, message: error.message },
    because: stored.reason && describeReason(stored.reason),
  };
}

function runningReason(context: NodeContext, stored: StoredNode, node: FlowNode | undefined): ExplainedNodeReason {
  const worker = executorOf(context.runReason);
  const instances = instancesOf(context.run, stored);
  // A record of an earlier claim tells of a call that was cut off. A mapped node as a whole is not called.
  const isOfThisClaim = stored.epoch === context.run.epoch || instances !== undefined;
  if (worker === undefined || !isOfThisClaim) return readyReason(context, node, stored.attempt);
  if (instances !== undefined) {
    const full = fullSlot(context.fleet, node, worker);
    // Where the worker holds some, some of its elements run.
    if (full !== undefined && !full.held.some((holder) => holder.worker.id === worker.id)) return full;
  }
  const since = toDate(sinceOf(stored));
  return { code: 'running', worker, since, instances, ...attemptOf(context.run, stored, node) };
}

function backingOff({ run }: NodeContext, stored: StoredNode, node: FlowNode | undefined): ExplainedNodeReason {
  const error = errorOf(stored.error);
  return {
    code: 'backing-off',
    until: new Date(stored.wakeAt ?? 0),
    error: error && { name: error.name, message: error.message },
    ...attemptOf(run, stored, node),
  };
}

/**
 * Nothing of its own keeps the node: either the run's owner is about to call it, once no limit of the fleet keeps it from that, or the
 * run is not executed.
 */
function readyReason(
  { runReason, fleet }: NodeContext,
  node: FlowNode | undefined,
  interrupted: number | undefined,
): ExplainedNodeReason {
  const worker = executorOf(runReason);
  const full = worker && fullSlot(fleet, node, worker);
  if (full !== undefined) return full;
  if (worker !== undefined) return { code: 'starting', worker, interrupted };
  if (runReason.code === 'backing-off' || runReason.code === 'waiting')
    return { code: 'parked', until: runReason.until };
  return runReason as Exclude<ExplainedRunReason, { readonly code: 'running' | 'backing-off' | 'waiting' | 'final' }>;
}

/** The live worker that executes the run, be it only to cancel it. */
function executorOf(reason: ExplainedRunReason): WorkerName | undefined {
  return reason.code === 'running' || reason.code === 'cancel-requested' ? reason.worker : undefined;
}

function openDependencies(context: NodeContext, { node, stored }: KnownNode): readonly OpenDependency[] {
  const { flow } = context;
  // What was called before had all that it needs, and so had each instance of a mapped node that has begun.
  if (node === undefined || flow === undefined || hasBegun(stored)) return [];
  if (node.undoes !== undefined) {
    return compensationsBefore(context, node).flatMap((one) => openDependency(context, 'compensation', one) ?? []);
  }
  const edges = node.edges.map(({ rule, upstream }) => openDependency(context, rule, upstream));
  const waitsForFlow = node.always && node.edges.length === 0 && !isUpstreamOf(node, flow.flow);
  const all = waitsForFlow ? [openDependency(context, 'always', flow.flow)] : edges;
  return all.flatMap((one) => one ?? []);
}

function openDependency(
  { run, flow, wholes, calls, fleet }: NodeContext,
  rule: OpenDependency['rule'],
  upstream: FlowNode,
): OpenDependency | undefined {
  const stored = wholes.get(upstream.name);
  const status = stored?.status ?? 'PENDING';
  if (isFinalNodeStatus(status)) return undefined;
  const elsewhere = calls.get(callKey({ node: upstream.name, index: -1 }))?.claimedAt;
  // Of one that waits the last call went well: to tell of it would read as a failure.
  const isWait = status === 'WAITING' && stored?.wait !== undefined;
  const hasCall = stored !== undefined && status !== 'PENDING' && stored.elements === undefined && !isWait;
  return {
    task: upstream.name,
    rule,
    status,
    attempt: hasCall ? attemptOf(run, stored, flow && findNode(flow, upstream.name)) : undefined,
    wait: waitReason(stored, fleet.now),
    since: hasCall && status === 'RUNNING' ? toDate(elsewhere ?? sinceOf(stored)) : undefined,
    until: status === 'WAITING' ? toDate(stored?.wakeAt) : undefined,
    instances: stored && instancesOf(run, stored),
  };
}

function hasBegun(stored: StoredNode | undefined): boolean {
  return stored !== undefined && stored.status !== 'PENDING';
}

function isUpstreamOf(node: FlowNode, below: FlowNode): boolean {
  const found = new Set([below]);
  for (const one of found) for (const { upstream } of one.edges) found.add(upstream);
  return found.has(node);
}
