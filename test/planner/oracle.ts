import type { EdgeRule } from '../../src/graph/edge';
import type { FlowEdge, FlowGraph, FlowNode } from '../../src/graph/workflow-graph';
import type { Plan } from './scripted-run';

/** What a run that is never wound down must come to. */
export interface Expected {
  /** By node name, and `name[index]` of instances. */
  readonly statuses: ReadonlyMap<string, string>;
  readonly runStatus: 'COMPLETED' | 'FAILED';
  /** `name` or `name[index]` of the failure that decided a SKIPPED or FAILED flow. */
  readonly cause: string | undefined;
}

/** The upstream statuses that meet each rule, copied from the design and not from the code. */
const MET_BY: Readonly<Record<EdgeRule, string>> = {
  completed: 'COMPLETED',
  optional: 'COMPLETED SKIPPED',
  settled: 'COMPLETED FAILED SKIPPED',
  failed: 'FAILED',
  each: 'COMPLETED',
  all: 'COMPLETED',
  allSettled: 'COMPLETED FAILED SKIPPED',
};

/** Computes the final statuses with `onFailure: 'finish'` by definition, node by node in topological order, without events. */
export function expectedEnd({ flow, script }: Plan): Expected {
  const statuses = new Map<string, string>();
  const seenBy = (edge: FlowEdge): string => {
    const status = statuses.get(edge.from) as string;
    const isFailedFlow =
      edge.upstream === flow.flow && status === 'SKIPPED' && firstFailure(flow, statuses) !== undefined;
    return isFailedFlow ? 'FAILED' : status;
  };
  for (const position of flow.order) {
    const node = flow.nodes[position] as FlowNode;
    const isMet = node.edges.every((edge) => MET_BY[edge.rule].split(' ').includes(seenBy(edge)));
    if (!isMet) statuses.set(node.name, 'SKIPPED');
    else if (!node.mapped) statuses.set(node.name, callEnd(node, script(node, -1)));
    else {
      const source = node.edges[node.eachEdge]?.upstream as FlowNode;
      const ends = Array.from({ length: script(source, -1).elements }, (_, i) => callEnd(node, script(node, i)));
      ends.forEach((end, i) => statuses.set(`${node.name}[${i}]`, end));
      statuses.set(node.name, ends.includes('FAILED') ? 'FAILED' : 'COMPLETED');
    }
  }
  const runStatus = statuses.get(flow.flow.name) === 'COMPLETED' ? 'COMPLETED' : 'FAILED';
  return { statuses, runStatus, cause: runStatus === 'FAILED' ? firstFailure(flow, statuses) : undefined };
}

function callEnd(node: FlowNode, { failures, end }: ReturnType<Plan['script']>): string {
  if (failures > node.options.retries.max) return 'FAILED';
  return end === 'completed' ? 'COMPLETED' : end === 'failed' ? 'FAILED' : 'SKIPPED';
}

/** The first FAILED node that the skip of the flow can be traced back to over edges that are not met. */
function firstFailure(flow: FlowGraph, statuses: ReadonlyMap<string, string>): string | undefined {
  const reached = new Set<FlowNode>([flow.flow]);
  for (const node of reached) {
    if (statuses.get(node.name) !== 'SKIPPED') continue;
    for (const edge of node.edges) {
      if (!MET_BY[edge.rule].split(' ').includes(statuses.get(edge.from) as string)) reached.add(edge.upstream);
    }
  }
  const failed = flow.nodes.find((node) => reached.has(node) && statuses.get(node.name) === 'FAILED');
  if (failed === undefined) return undefined;
  const instance = [...Array(1_000).keys()].find((i) => statuses.get(`${failed.name}[${i}]`) === 'FAILED');
  return instance === undefined ? failed.name : `${failed.name}[${instance}]`;
}
