import type { FlowGraph, FlowNode } from '../../graph/workflow-graph';

/** The nodes of a flow, each after everything that it waits for. */
export interface StartOrder {
  readonly order: readonly FlowNode[];
  /** What a node waits for. */
  readonly upstreamOf: (node: FlowNode) => readonly FlowNode[];
}

/**
 * The topological order of a flow, with the one thing that no edge says: an `always` task without dependencies waits for the flow's node,
 * unless the flow needs it.
 */
export function startOrder(flow: FlowGraph): StartOrder {
  const needed = new Set([flow.flow]);
  // A Set is walked in the order of insertion, what is added meanwhile included.
  for (const { edges } of needed) for (const { upstream } of edges) needed.add(upstream);
  const waitsForFlow = (node: FlowNode): boolean => node.always && node.edges.length === 0 && !needed.has(node);
  const order = flow.order.map((position) => flow.nodes[position] as FlowNode);
  const late = new Set<FlowNode>();
  for (const node of order) {
    if (waitsForFlow(node) || node.edges.some(({ upstream }) => late.has(upstream))) late.add(node);
  }
  return {
    order: [...order.filter((node) => !late.has(node)), ...late],
    upstreamOf: (node) => (waitsForFlow(node) ? [flow.flow] : node.edges.map(({ upstream }) => upstream)),
  };
}
