import type { FlowNode } from './workflow-graph';

/** Whether an `each` edge leads away from the node: its value must then be an array. */
export function isMappedOver(node: FlowNode): boolean {
  return node.dependents.some((dependent) => dependent.node.edges[dependent.edge]?.rule === 'each');
}
