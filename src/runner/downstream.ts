import { ArgumentError } from '../core/errors/definition-error';
import type { FlowGraph, FlowNode } from '../graph/workflow-graph';

/** `from` and every node downstream of it, by name. @throws ArgumentError when the flow has no such node */
export function downstreamOf(flow: FlowGraph, from: string): string[] {
  const found = new Set([requireNode(flow, from, 'retry.from')]);
  closeDownstream(flow, found);
  return [...found].map(({ name }) => name);
}

/** @throws ArgumentError */
export function requireNode(flow: FlowGraph, name: string, option: string): FlowNode {
  const node = flow.byName.get(name);
  if (node !== undefined) return node;
  throw new ArgumentError(
    `${option} names "${name}", which is no node of flow "${flow.flow.name}"; its nodes are ${[...flow.byName.keys()].join(', ')}`,
  );
}

/** Adds to `nodes` everything downstream of them, and answers what is downstream of any. */
export function closeDownstream(flow: FlowGraph, nodes: Set<FlowNode>): ReadonlySet<FlowNode> {
  const found = new Set<FlowNode>();
  // A Set is walked in the order of insertion, what is added meanwhile included.
  for (const node of nodes) {
    const last = node === flow.flow ? flow.nodes.filter((one) => endsTheRun(flow, one)) : [];
    for (const one of [...node.dependents.map((dependent) => dependent.node), ...last]) {
      nodes.add(one);
      found.add(one);
    }
  }
  return found;
}

/** An `always` task without dependencies runs when the flow is over, unless the flow itself needs it. */
export function endsTheRun({ flow }: FlowGraph, node: FlowNode): boolean {
  return node.always && node.edges.length === 0 && !isUpstream(node, flow);
}

function isUpstream(node: FlowNode, of: FlowNode): boolean {
  const found = new Set([of]);
  for (const { edges } of found) for (const { upstream } of edges) found.add(upstream);
  return found.has(node);
}
