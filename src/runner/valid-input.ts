import { validateWith } from '../core/standard-schema';
import type { FlowGraph } from '../graph/workflow-graph';

/** The input as the flow's schema makes it; as it is where there is none. @throws PayloadInvalidError with every issue */
export async function validInput({ workflow, flow, inputSchema }: FlowGraph, input: unknown): Promise<unknown> {
  if (inputSchema === undefined) return input;
  return validateWith(inputSchema, input, `input of ${workflow}.${flow.name}`);
}
