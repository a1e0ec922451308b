import type { FlowGraph, FlowNode } from '../graph/workflow-graph';
import type { NodeRef } from '../planner/events';

/** One number per (node, index) of a flow, to key maps by; `index` is -1 for a node as a whole. */
export function callKey(flow: FlowGraph, node: FlowNode, index: number): number {
  return node.position + flow.nodes.length * (index + 1);
}

/** The same for whoever has no flow at hand. */
export function refKey({ node, index }: NodeRef): string {
  return `${node.position}:${index}`;
}
