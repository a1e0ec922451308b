import type { FinalNodeStatus } from '../../core/statuses';
import { misfitOf } from '../../graph/misfit';
import type { FlowGraph, FlowNode } from '../../graph/workflow-graph';
import type { OutlinedRecord, OutlinedRun, ReuseSource } from '../../store/reuse';
import { closeDownstream, endsTheRun } from '../downstream';
import { placesIn } from './compatibility';

/** Which records of another run a new one begins with. */
export type ReusePlan = Pick<ReuseSource, 'nodes' | 'instances' | 'instanceStatuses'>;

/** From where a fork runs again; an `index` is one element of a mapped task. */
export interface ForkPoint {
  readonly task: string;
  readonly index?: number | undefined;
}

/** What decides about the nodes of a run: its records, and which of its tasks a compensation has undone. */
interface Source {
  readonly flow: FlowGraph;
  readonly wholes: ReadonlyMap<string, OutlinedRecord>;
  readonly instances: ReadonlyMap<string, OutlinedRecord>;
  /** The record as a whole, if it may stand in the new run: its node has the same shape, and was not undone. */
  standing(node: FlowNode): OutlinedRecord | undefined;
  /** Some instance has a record that fits. */
  hasInstances(node: FlowNode): boolean;
}

function sourceOf(flow: FlowGraph, run: OutlinedRun, undone: ReadonlySet<string>): Source {
  const places = placesIn(flow);
  const wholes = new Map(run.records.filter(({ index }) => index < 0).map((record) => [record.node, record]));
  const instances = new Map(run.records.filter(({ index }) => index >= 0).map((record) => [record.node, record]));
  const fits = (record: OutlinedRecord | undefined): boolean =>
    record !== undefined && !undone.has(record.node) && misfitOf(record, places.get(record.node)) === undefined;
  return {
    flow,
    wholes,
    instances,
    standing: ({ name }) => (fits(wholes.get(name)) ? wholes.get(name) : undefined),
    hasInstances: ({ name, mapped }) => mapped && fits(instances.get(name)),
  };
}

/**
 * What a fork keeps: everything final, but `from` and all downstream of it. Without `from` everything COMPLETED. What is CANCELLED or
 * was not over runs again in any case, and so do nodes that the code has changed, or a compensation has undone; and whatever is
 * downstream of something that runs again, because its values may be others now.
 *
 * @param undone tasks whose compensation has started
 */
export function planFork(
  flow: FlowGraph,
  run: OutlinedRun,
  from: ForkPoint | undefined,
  undone: ReadonlySet<string>,
): ReusePlan {
  const source = sourceOf(flow, run, undone);
  const kept: readonly FinalNodeStatus[] = from === undefined ? ['COMPLETED'] : ['COMPLETED', 'FAILED', 'SKIPPED'];
  const again = new Set<FlowNode>();
  /** Nodes that run again, but for instances of theirs. */
  const parts = new Map<FlowNode, number | undefined>();
  for (const node of flow.nodes) {
    const isFrom = node.name === from?.task;
    const status = source.standing(node)?.status;
    if (!isFrom && kept.some((one) => one === status)) continue;
    again.add(node);
    const isPart = isFrom ? from.index !== undefined : true;
    if (isPart && source.hasInstances(node)) parts.set(node, isFrom ? from.index : undefined);
  }
  for (const node of closeDownstream(flow, again)) parts.delete(node);
  return {
    nodes: flow.nodes.filter((node) => !again.has(node)).map(({ name }) => name),
    instances: [...parts].map(([{ name }, except]) => ({ node: name, except })),
    instanceStatuses: kept,
  };
}

/**
 * What a start takes over: nodes that are COMPLETED with an equal ancestry. Equal are the shapes of a node and of all upstream of it;
 * the values, because they are copied; and the input, which every task may read.
 */
export function planTakeOver(
  flow: FlowGraph,
  run: OutlinedRun,
  inputHash: string,
  undone: ReadonlySet<string>,
): ReusePlan {
  const source = sourceOf(flow, run, undone);
  const kept = new Set<FlowNode>();
  const keep = (mayEndTheRun: boolean): void => {
    for (const position of flow.order) {
      const node = flow.nodes[position] as FlowNode;
      const isEqual = source.standing(node)?.status === 'COMPLETED' && (mayEndTheRun || !endsTheRun(flow, node));
      if (isEqual && node.edges.every(({ upstream }) => kept.has(upstream))) kept.add(node);
    }
  };
  if (run.inputHash === inputHash) keep(false);
  if (kept.has(flow.flow)) keep(true);
  return {
    nodes: flow.nodes.filter((node) => kept.has(node)).map(({ name }) => name),
    instances: [],
    instanceStatuses: [],
  };
}
