import type { NodeReason } from '../core/reasons';
import type { FinalNodeStatus } from '../core/statuses';
import type { CallState } from './call-state';
import type { FinalChange } from './commands';
import { WHOLE } from './events';
import type { Instances, NodeState, PlannerState } from './planner-state';

/** What most nodes end with; shared, because it is the hottest change there is. */
export const COMPLETED: FinalChange = { status: 'COMPLETED' };
export const FAILED: FinalChange = { status: 'FAILED' };

/** Makes a call final and records it; the last instance of a mapped node makes the node final too. */
export function settleCall(state: PlannerState, node: NodeState, index: number, change: FinalChange): void {
  const instances = node.instances;
  if (index === WHOLE || instances === undefined) {
    leaveStatus(state, node);
    settleNode(state, node, change);
    return;
  }
  const call = instances.calls[index] as CallState;
  if (call.status !== 'PENDING') leavePlace(state, node);
  leaveStatus(state, call);
  call.status = change.status;
  call.reason = change.reason;
  state.commands.push({ type: 'record', node: node.node, index, change });
  countInstance(instances, change.status);
  const isFirstFailure = change.status === 'FAILED' && instances.ended.FAILED === 1;
  if (isFirstFailure && node.node.undoes === undefined) state.settled.push(node);
  settleIfAllFinal(state, node, instances);
}

/** Makes a node as a whole final, and records it. */
export function settleNode(state: PlannerState, node: NodeState, change: FinalChange): void {
  state.commands.push({ type: 'record', node: node.node, index: WHOLE, change });
  markFinal(state, node, change.status, change.reason);
}

/** Makes a node final without a record: it comes from one, or `settleNode` wrote it. */
export function markFinal(
  state: PlannerState,
  node: NodeState,
  status: FinalNodeStatus,
  reason: NodeReason | undefined,
): void {
  node.status = status;
  node.reason = reason;
  if (node.node.undoes !== undefined) {
    compensationEnded(state, node);
    return;
  }
  state.openNodes -= 1;
  if (node.isUpstreamOfFlow) state.openUpstream -= 1;
  if (status === 'FAILED') state.failedNodes += 1;
  state.settled.push(node);
}

/** Nothing depends on a compensation; what it undid is dealt with now. */
function compensationEnded({ undo }: PlannerState, node: NodeState): void {
  if (undo === undefined) return;
  undo.open -= 1;
  undo.ended.push(node);
}

export function countInstance(instances: Instances, status: FinalNodeStatus): void {
  instances.open -= 1;
  instances.ended[status] += 1;
}

/** A mapped node is FAILED if an instance is, else CANCELLED if one is, else COMPLETED: skipped instances are left out. */
export function settleIfAllFinal(state: PlannerState, node: NodeState, instances: Instances): void {
  if (instances.open > 0) return;
  const elements = instances.calls.length;
  if (instances.ended.FAILED > 0) settleNode(state, node, { status: 'FAILED', elements });
  else if (instances.ended.CANCELLED > 0)
    settleNode(state, node, { status: 'CANCELLED', reason: stopReason(state), elements });
  else settleNode(state, node, { status: 'COMPLETED', elements });
}

const WIND_DOWN: NodeReason = { code: 'wind-down' };
const CANCEL: NodeReason = { code: 'cancel' };
const DEADLINE: NodeReason = { code: 'deadline' };

/** Why something that could have run, or was running, is CANCELLED at this moment. */
export function stopReason(state: PlannerState): NodeReason {
  if (state.cancel === undefined) return WIND_DOWN;
  return state.cancel === 'cancel' ? CANCEL : DEADLINE;
}

/** Another instance may begin where only so many are to be begun at a time. */
function leavePlace(state: PlannerState, node: NodeState): void {
  node.begunInstances -= 1;
  if (node.maxBegun !== Infinity && node.nextInstance < (node.instances?.calls.length ?? 0)) state.ready.push(node);
}

function leaveStatus(state: PlannerState, call: CallState): void {
  if (call.status === 'RUNNING') state.runningCalls -= 1;
  else if (call.status === 'WAITING') state.waitingCalls -= 1;
}
