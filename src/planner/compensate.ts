import { isFinalNodeStatus } from '../core/statuses';
import type { FlowNode } from '../graph/workflow-graph';
import { createCall, restoreCall } from './activate';
import { beginCall } from './attempt';
import type { CallState } from './call-state';
import { WHOLE } from './events';
import { nodeStateOf } from './planner-state';
import type { NodeState, PlannerState } from './planner-state';
import { countInstance, settleIfAllFinal } from './settle';

/** The compensations of a run that did not go well. */
export interface Undo {
  /** How many are not over. */
  open: number;
  /** By position: edges that lead away from a node, to nodes that are not dealt with yet. */
  readonly ahead: number[];
  /** Compensations that have just become final. */
  readonly ended: NodeState[];
}

/**
 * Begins to compensate: every node is dealt with once all that depends on it are, from the ends of the graph upwards, and one that is to be
 * compensated once its compensation is final. So a compensation starts when those of all nodes downstream of its task are over, and independent ones run
 * side by side. A FAILED one counts as over.
 *
 * What is restored goes on: compensations with a final record are not called again.
 */
export function beginUndo(state: PlannerState): void {
  const { flow, nodes, compensations } = state;
  const undo: Undo = { open: 0, ahead: nodes.map(({ node }) => node.dependents.length), ended: [] };
  state.undo = undo;
  for (const compensation of compensations) if (prepare(state, compensation)) undo.open += 1;
  const ends = flow.nodes.filter((node) => node.dependents.length === 0);
  dealWith(state, undo, ends);
}

/** Goes on from compensations that have become final. Returns whether there were any. */
export function continueUndo(state: PlannerState): boolean {
  const { undo } = state;
  if (undo === undefined || undo.ended.length === 0) return false;
  const ended = undo.ended.splice(0);
  dealWith(
    state,
    undo,
    ended.flatMap(({ node }) => release(undo, node.undoes as FlowNode)),
  );
  return true;
}

function dealWith(state: PlannerState, undo: Undo, ready: readonly FlowNode[]): void {
  const queue = [...ready];
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    const compensation = node.compensation && nodeStateOf(state, node.compensation);
    if (compensation?.isWanted === true) startCompensation(state, compensation);
    else queue.push(...release(undo, node));
  }
}

/** The node is dealt with: which of its upstreams have nothing ahead of them any more. */
function release(undo: Undo, node: FlowNode): FlowNode[] {
  return node.edges.flatMap(({ upstream }) => {
    const left = (undo.ahead[upstream.position] as number) - 1;
    undo.ahead[upstream.position] = left;
    return left === 0 ? [upstream] : [];
  });
}

/** Decides whether, and for which instances, a compensation is to be called. */
function prepare(state: PlannerState, compensation: NodeState): boolean {
  const task = nodeStateOf(state, compensation.node.undoes as FlowNode);
  const isOver = isFinalNodeStatus(compensation.status);
  const hasToUndo = task.node.mapped ? openInstances(compensation, task) : isToUndo(task);
  compensation.isWanted = hasToUndo && !isOver;
  return compensation.isWanted;
}

/** Effects that another run had are that run's to undo. */
function isToUndo(call: CallState): boolean {
  return call.status === 'COMPLETED' && !call.isReused;
}

/** Gives the compensation of a mapped task an instance for each of the task's; those that have nothing to undo are over, without a record. */
function openInstances(compensation: NodeState, task: NodeState): boolean {
  const done = task.instances?.calls ?? [];
  const calls = done.map(createCall);
  const ended = { COMPLETED: 0, FAILED: 0, SKIPPED: 0, CANCELLED: 0 };
  const instances = { calls, open: calls.length, ended };
  for (const record of compensation.restored ?? []) {
    const call = calls[record.index];
    if (call === undefined) continue;
    restoreCall(call, record);
    if (!isFinalNodeStatus(record.status)) continue;
    call.status = record.status;
    countInstance(instances, record.status);
  }
  compensation.restored = undefined;
  let isWanted = instances.open < calls.length;
  for (const [index, call] of calls.entries()) {
    if (isFinalNodeStatus(call.status)) continue;
    if (isToUndo(done[index] as CallState)) isWanted = true;
    else {
      call.status = 'SKIPPED';
      countInstance(instances, 'SKIPPED');
    }
  }
  compensation.instances = instances;
  compensation.elements = calls.length;
  return isWanted;
}

function startCompensation(state: PlannerState, compensation: NodeState): void {
  const { instances } = compensation;
  if (instances === undefined) {
    beginCall(state, compensation, WHOLE, compensation);
    return;
  }
  compensation.status = 'RUNNING';
  if (!compensation.isActivated) {
    compensation.isActivated = true;
    const change = { status: 'RUNNING', elements: instances.calls.length } as const;
    state.commands.push({ type: 'record', node: compensation.node, index: WHOLE, change });
  }
  for (const [index, call] of instances.calls.entries()) {
    if (call.status === 'PENDING') beginCall(state, compensation, index, call);
  }
  settleIfAllFinal(state, compensation, instances);
}
