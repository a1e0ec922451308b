import { ArgumentError } from '../core/errors/definition-error';
import type { WorkflowDefinition } from '../decorators/workflow-definition';
import type { FlowGraph } from '../graph/workflow-graph';

/** The flow of a workflow that has one; of several nobody knows which is meant. */
export function onlyFlowOf({ graph }: WorkflowDefinition): FlowGraph | undefined {
  const [first, second] = graph.flows.values();
  return second === undefined ? first : undefined;
}

/** @param what is missing, for the message: `execute.flow` @throws ArgumentError when there are several */
export function requireOnlyFlow(definition: WorkflowDefinition, what: string): FlowGraph {
  const flow = onlyFlowOf(definition);
  if (flow !== undefined) return flow;
  const { name, flows } = definition.graph;
  const names = [...flows.keys()].map((one) => `"${one}"`).join(', ');
  throw new ArgumentError(`${what} is missing: workflow "${name}" has several flows; name one of ${names}`);
}
