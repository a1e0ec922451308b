import type { FlowGraph, FlowNode } from '../../graph/workflow-graph';
import type { FlowPlan, PlannedNode, WorstCase } from './flow-plan';
import { toFlowPlan } from './flow-plan';
import { planNotes } from './plan-notes';
import { assumedElements } from './plan-options';
import type { Elements, PlanOptions } from './plan-options';
import { startOrder } from './start-order';
import type { StartOrder } from './start-order';
import { worstCall } from './worst-call';

/**
 * What a run of a flow will execute, in which order, and the most that its retry and timeout options allow: one pass over the
 * topological order, in which each node begins when the last one that it waits for is over.
 *
 * @throws ArgumentError for a bad number of elements
 */
export function planFlow(flow: FlowGraph, options: PlanOptions = {}): FlowPlan {
  const elements = assumedElements(flow, options);
  const start = startOrder(flow);
  const placed = placeNodes(start, elements);
  const nodes = [...placed.values()];
  const compensations = placeCompensations(start.order, elements);
  const last = lastOf(flow, start, placed);
  const worstCase: WorstCase = { durationMs: endOf(placed, last), calls: sumOfCalls(nodes) };
  return toFlowPlan({
    workflow: flow.workflow,
    flow: flow.flow.name,
    order: nodes.map(({ task }) => task),
    waves: toWaves(nodes),
    nodes,
    compensations,
    criticalPath: pathTo(last, start, placed),
    worstCase,
    worstCaseWithCompensations: {
      durationMs: worstCase.durationMs + reach(compensations).endsAfterMs,
      calls: worstCase.calls + sumOfCalls(compensations),
    },
    notes: planNotes([...start.order, ...flow.compensations.values()], elements, options.elements === undefined),
  });
}

/** How far a run has come when a node is over, or several are. */
type Reached = Pick<PlannedNode, 'wave' | 'endsAfterMs'>;

type Placed = ReadonlyMap<FlowNode, PlannedNode>;

function placeNodes({ order, upstreamOf }: StartOrder, elements: Elements): Placed {
  const placed = new Map<FlowNode, PlannedNode>();
  for (const node of order) {
    const before = reach(upstreamOf(node).map((upstream) => placed.get(upstream) as PlannedNode));
    placed.set(node, placeAfter(before, node, elements));
  }
  return placed;
}

/** Against the order: a compensation waits for those of all that is downstream of its task, by way of nodes that have none. */
function placeCompensations(order: readonly FlowNode[], elements: Elements): PlannedNode[] {
  const reached = new Map<FlowNode, Reached>();
  const placed: PlannedNode[] = [];
  for (const node of [...order].reverse()) {
    const before = reach(node.dependents.map((dependent) => reached.get(dependent.node) as Reached));
    if (node.compensation === undefined) {
      reached.set(node, before);
    } else {
      const compensation = placeAfter(before, node.compensation, elements);
      reached.set(node, compensation);
      placed.push(compensation);
    }
  }
  return placed.sort((a, b) => a.wave - b.wave);
}

function reach(several: readonly Reached[]): Reached {
  return {
    wave: several.reduce((most, { wave }) => Math.max(most, wave), 0),
    endsAfterMs: several.reduce((most, { endsAfterMs }) => Math.max(most, endsAfterMs), 0),
  };
}

function placeAfter(before: Reached, node: FlowNode, elements: Elements): PlannedNode {
  const { calls, durationMs } = worstCall(node.options);
  const own = node.mapped ? (elements.get(node.undoes ?? node) as number) : undefined;
  const turns = turnsOf(node, own);
  // Without elements nothing is called, however long a call could take.
  const allTurnsMs = turns === 0 ? 0 : durationMs * turns;
  return {
    task: node.name,
    kind: node.kind,
    wave: before.wave + 1,
    isHandler: node.handler,
    elements: own,
    calls: calls * (own ?? 1),
    durationMs: allTurnsMs,
    endsAfterMs: before.endsAfterMs + allTurnsMs,
  };
}

/** How many elements come one after the other, at most. */
function turnsOf(node: FlowNode, elements: number | undefined): number {
  if (elements === undefined || elements === 0) return elements ?? 1;
  const sideBySide = node.edges[node.eachEdge]?.maxConcurrency ?? elements;
  return Math.ceil(elements / sideBySide);
}

/** The node that is over last: the flow's own, unless a handler can take longer. */
function lastOf({ flow }: FlowGraph, { order }: StartOrder, placed: Placed): FlowNode {
  return order.reduce((last, node) => (endOf(placed, node) > endOf(placed, last) ? node : last), flow);
}

/** The chain of nodes that each wait for the one before, which is over last of all that they wait for. */
function pathTo(last: FlowNode, { upstreamOf }: StartOrder, placed: Placed): string[] {
  const path: string[] = [];
  for (let node: FlowNode | undefined = last; node !== undefined;) {
    path.push(node.name);
    const [first, ...others]: readonly FlowNode[] = upstreamOf(node);
    node = others.reduce<FlowNode | undefined>(
      (latest, one) => (latest !== undefined && endOf(placed, one) > endOf(placed, latest) ? one : latest),
      first,
    );
  }
  return path.reverse();
}

function endOf(placed: Placed, node: FlowNode): number {
  return (placed.get(node) as PlannedNode).endsAfterMs;
}

function toWaves(nodes: readonly PlannedNode[]): string[][] {
  const waves: string[][] = [];
  for (const { task, wave } of nodes) (waves[wave - 1] ??= []).push(task);
  return waves;
}

function sumOfCalls(nodes: readonly PlannedNode[]): number {
  return nodes.reduce((sum, { calls }) => sum + calls, 0);
}
