import type { FlowGraph, FlowNode } from '../graph/workflow-graph';

/** One number per (node, index) of a flow, to key maps by; `index` is -1 for a node as a whole. */
export function callKey(flow: FlowGraph, node: FlowNode, index: number): number {
  return node.position + flow.nodes.length * (index + 1);
}
