import { ArgumentError } from '../core/errors/definition-error';
import type { FlowGraph } from '../graph/workflow-graph';

/** `from` and every node downstream of it, by name. @throws ArgumentError when the flow has no such node */
export function downstreamOf(flow: FlowGraph, from: string): string[] {
  const first = flow.byName.get(from);
  if (first === undefined) {
    throw new ArgumentError(
      `retry.from names "${from}", which is no node of flow "${flow.flow.name}"; its nodes are ${[...flow.byName.keys()].join(', ')}`,
    );
  }
  const found = new Set([first]);
  for (const node of found) for (const dependent of node.dependents) found.add(dependent.node);
  return [...found].map(({ name }) => name);
}
