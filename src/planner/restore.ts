import { isFinalNodeStatus } from '../core/statuses';
import { elementsOf, openInstances, restoreCall } from './activate';
import { WHOLE } from './events';
import type { RestoredNode } from './events';
import { nodeStateOf } from './planner-state';
import type { NodeState, PlannerState } from './planner-state';
import { markFinal } from './settle';

/**
 * Takes over what the store holds of the run. Final nodes are final; all else stays PENDING with its counts and is started by
 * the same rules as in a new run, because what its edges need was recorded before it first started. Nothing is recorded again.
 */
export function restore(state: PlannerState, records: readonly RestoredNode[]): void {
  for (const record of records) {
    const node = nodeStateOf(state, record.node);
    if (record.reason?.code === 'deadline') state.hadDeadline = true;
    if (record.index === WHOLE) restoreWhole(node, record);
    else (node.restored ??= []).push(record);
  }
  for (const position of records.length === 0 ? [] : state.flow.order) {
    const node = state.nodes[position] as NodeState;
    if (!isFinalNodeStatus(node.status)) continue;
    const hadInstances = node.node.mapped && (node.elements !== undefined || node.restored !== undefined);
    if (hadInstances) openInstances(state, node, elementsOf(state, node));
    markFinal(state, node, node.status, node.reason);
  }
}

function restoreWhole(node: NodeState, record: RestoredNode): void {
  restoreCall(node, record);
  if (isFinalNodeStatus(record.status)) node.status = record.status;
  else if (node.node.mapped && record.status === 'RUNNING') node.isActivated = true;
  else return;
  node.elements = record.elements;
}
