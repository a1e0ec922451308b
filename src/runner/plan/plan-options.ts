import { ArgumentError } from '../../core/errors/definition-error';
import { briefly } from '../../core/errors/briefly';
import type { FlowGraph, FlowNode } from '../../graph/workflow-graph';

export interface PlanOptions {
  /**
   * How many elements mapped tasks have, which only a run can know: one number for all of them, or one for each by name. Default 1, and a
   * note of the plan says so.
   */
  readonly elements?: number | Readonly<Record<string, number>>;
}

/** How many elements each mapped task is planned with. */
export type Elements = ReadonlyMap<FlowNode, number>;

/** @throws ArgumentError for a number that is none, or a name of no mapped task */
export function assumedElements(flow: FlowGraph, { elements }: PlanOptions): Elements {
  const mapped = flow.nodes.filter((node) => node.mapped);
  if (elements === undefined) return new Map(mapped.map((node) => [node, 1]));
  if (typeof elements !== 'object' || elements === null) {
    const all = wholeNumber('plan.elements', elements);
    return new Map(mapped.map((node) => [node, all]));
  }
  for (const name of Object.keys(elements)) {
    if (mapped.some((node) => node.name === name)) continue;
    const names = mapped.map((node) => `"${node.name}"`).join(', ') || 'none';
    throw new ArgumentError(
      `plan.elements names "${name}", which is no mapped task of ${flow.workflow}.${flow.flow.name}; mapped are: ${names}`,
    );
  }
  const given = new Map(Object.entries(elements));
  return new Map(mapped.map((node) => [node, wholeNumber(`plan.elements.${node.name}`, given.get(node.name) ?? 1)]));
}

function wholeNumber(what: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new ArgumentError(`${what} must be a whole number from 0 on, got ${briefly(value)}`);
}
