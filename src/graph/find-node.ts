import type { FlowGraph, FlowNode } from './workflow-graph';

/** A node of the flow, or a compensation of one of its tasks: whatever a record of a run can be of. */
export function findNode(flow: FlowGraph, name: string): FlowNode | undefined {
  return flow.byName.get(name) ?? flow.compensations.get(name);
}
