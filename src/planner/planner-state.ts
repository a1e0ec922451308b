import { isFinalNodeStatus } from '../core/statuses';
import type { FinalNodeStatus, NodeStatus } from '../core/statuses';
import type { FlowGraph, FlowNode } from '../graph/workflow-graph';
import type { CallState } from './call-state';
import type { Undo } from './compensate';
import type { Command } from './commands';
import { earliestDue } from './due-queue';
import type { DueEntry } from './due-queue';
import { WHOLE } from './events';
import type { CancelCause, NodeRef, RestoredNode } from './events';

/** A node of the run. Of a mapped node, the call's fields describe the whole: it is RUNNING once it has instances. */
export interface NodeState extends CallState {
  readonly node: FlowNode;
  /** Whether the flow depends on it, directly or not: only such a node can decide the outcome. */
  isUpstreamOfFlow: boolean;
  /** Edges not yet met. At 0 the node is ready. */
  unmet: number;
  /** Of a COMPLETED array: its length. Of a mapped node: how many instances it has. */
  elements: number | undefined;
  instances: Instances | undefined;
  /** Of a mapped node: the first instance that has not been begun yet, and how many are begun and not over. */
  nextInstance: number;
  begunInstances: number;
  /** How many may be. */
  readonly maxBegun: number;
  /** Instance records read from the store, until the number of elements is known. */
  restored: RestoredNode[] | undefined;
  /** Of a mapped node: that it has instances is recorded. */
  isActivated: boolean;
  /** Its dependents have been told its final status. */
  isPropagated: boolean;
  /** SKIPPED, and one of the reasons that the flow is. */
  isImplicated: boolean;
  /** Of a compensation: there is something to undo. */
  isWanted: boolean;
}

/** The instances of a mapped node, and how many ended how. */
export interface Instances {
  readonly calls: readonly CallState[];
  open: number;
  readonly ended: Record<FinalNodeStatus, number>;
}

/** One run, as the planner sees it. Its caller owns it; only `transition` changes it. Read it through the functions below. */
export interface PlannerState {
  readonly flow: FlowGraph;
  /** By position. */
  readonly nodes: readonly NodeState[];
  /** By position, less the number of nodes. */
  readonly compensations: readonly NodeState[];
  /** Once the nodes are over and the run did not go well. */
  undo: Undo | undefined;
  openNodes: number;
  /** Nodes upstream of the flow that are not final: while there are some, a SKIPPED flow may still be found to have failed. */
  openUpstream: number;
  failedNodes: number;
  runningCalls: number;
  waitingCalls: number;
  readonly backoffs: DueEntry[];
  /** `always` tasks without dependencies: they start when the flow is final. */
  awaitingFlow: NodeState[];
  isWindingDown: boolean;
  cancel: CancelCause | undefined;
  /** Records tell that the deadline passed: the run ended by it, and was begun again for compensations alone. */
  hadDeadline: boolean;
  isFinished: boolean;
  /** Position of the first FAILED node, in definition order, that made the flow SKIPPED; -1 while there is none. */
  firstFailure: number;

  // Of the transition under way; the last two are empty between transitions, and reused.
  now: number;
  commands: Command[];
  /** Nodes whose dependents are to be told. */
  readonly settled: NodeState[];
  /** Nodes all of whose edges are met, to be started once the edge table is applied everywhere. */
  readonly ready: NodeState[];
}

/** How the instances of a mapped node stand; all 0 before it has any. */
export interface InstanceSummary {
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly cancelled: number;
}

/** Where a node stands, or one instance of a mapped node when `index` is given. */
export function statusOf(state: PlannerState, node: FlowNode, index: number = WHOLE): NodeStatus {
  return callAt(nodeStateOf(state, node), index)?.status ?? 'PENDING';
}

/** How many calls of a node, or of one instance, have been made: the number of the latest attempt, 0 before the first. */
export function attemptOf(state: PlannerState, node: FlowNode, index: number = WHOLE): number {
  return callAt(nodeStateOf(state, node), index)?.attempt ?? 0;
}

export function instanceSummary(state: PlannerState, node: FlowNode): InstanceSummary {
  const instances = nodeStateOf(state, node).instances;
  return {
    total: instances?.calls.length ?? 0,
    completed: instances?.ended.COMPLETED ?? 0,
    failed: instances?.ended.FAILED ?? 0,
    skipped: instances?.ended.SKIPPED ?? 0,
    cancelled: instances?.ended.CANCELLED ?? 0,
  };
}

/** The indexes of the COMPLETED instances of a mapped node, ascending: what an `all` argument is made of. */
export function completedInstances(state: PlannerState, node: FlowNode): number[] {
  const indexes: number[] = [];
  nodeStateOf(state, node).instances?.calls.forEach((call, index) => {
    if (call.status === 'COMPLETED') indexes.push(index);
  });
  return indexes;
}

/**
 * Whether nothing runs and only backoffs are pending: the run can be parked until `nextDueAt`.
 *
 * @param elsewhere how many of the running calls other workers make: whoever goes on with the run finds them again, unless it
 *   winds down, where a call that is begun again may not start any more
 */
export function isQuiescent(state: PlannerState, elsewhere = 0): boolean {
  if (state.runningCalls !== elsewhere) return false;
  if (elsewhere === 0) return state.waitingCalls > 0;
  return state.undo !== undefined || (!state.isWindingDown && state.cancel === undefined);
}

/** When the earliest backoff ends, epoch ms; `undefined` when none is pending. */
export function nextDueAt(state: PlannerState): number | undefined {
  return earliestDue(state.backoffs);
}

/** Whether a cancel was accepted. A deadline that passed is not one. */
export function isCancelled(state: PlannerState): boolean {
  return state.cancel === 'cancel';
}

/** Whether `finish` was emitted, and no cancel has re-opened the run since. */
export function isFinished(state: PlannerState): boolean {
  return state.isFinished;
}

/**
 * Whether this node may be called at this moment. A caller that queues `start` commands asks again when a slot is free: when the
 * run has begun to wind down in the meantime, the answer to that `start` is `aborted`, without a call.
 */
export function mayStart(state: PlannerState, node: FlowNode): boolean {
  if (node.undoes !== undefined) return state.undo !== undefined;
  if (state.cancel !== undefined) return node.always;
  return !state.isWindingDown || node.handler;
}

/**
 * The node or instance whose error the flow ended with: its own, or that of the first node that made it SKIPPED. `undefined`
 * while the flow can run, when it COMPLETED, or when it was SKIPPED without a failure. Handlers of the flow get this error.
 */
export function flowFailure(state: PlannerState): NodeRef | undefined {
  const flow = nodeStateOf(state, state.flow.flow);
  if (flow.status === 'FAILED') return { node: flow.node, index: WHOLE };
  if (flow.status !== 'SKIPPED' || state.firstFailure < 0) return undefined;
  const failed = state.nodes[state.firstFailure] as NodeState;
  return { node: failed.node, index: lowestFailedIndex(failed) };
}

/** Of a mapped node that has a FAILED instance, the lowest of them; otherwise `WHOLE`. */
export function lowestFailedIndex(node: NodeState): number {
  return node.instances?.calls.findIndex((call) => call.status === 'FAILED') ?? WHOLE;
}

export function nodeStateOf({ nodes, compensations }: PlannerState, { position }: FlowNode): NodeState {
  return (position < nodes.length ? nodes[position] : compensations[position - nodes.length]) as NodeState;
}

/** A node as a whole, or an instance; `undefined` for an instance that does not exist (yet). */
export function callAt(node: NodeState, index: number): CallState | undefined {
  return index === WHOLE ? node : node.instances?.calls[index];
}

/** What a node ends as, as soon as that is certain: a mapped node is bound to FAIL once one of its instances did. */
export function knownStatus(node: NodeState): FinalNodeStatus | undefined {
  if (isFinalNodeStatus(node.status)) return node.status;
  return node.instances !== undefined && node.instances.ended.FAILED > 0 ? 'FAILED' : undefined;
}
