import type { FlowGraph, FlowNode } from '../graph/workflow-graph';
import type { NodeState, PlannerState } from './planner-state';

/** The state of a run of `flow` before anything happened: its first event is `begin`. */
export function createState(flow: FlowGraph): PlannerState {
  const nodes = flow.nodes.map(createNode);
  const openUpstream = markUpstream(flow, nodes);
  const awaitingFlow: NodeState[] = [];
  const ready: NodeState[] = [];
  for (const state of nodes) {
    if (state.unmet > 0) continue;
    // An always task that the flow itself needs cannot wait for the flow.
    const waitsForFlow = state.node.always && !state.isUpstreamOfFlow && state.node !== flow.flow;
    (waitsForFlow ? awaitingFlow : ready).push(state);
  }
  return {
    flow,
    nodes,
    compensations: [...flow.compensations.values()].map(createNode),
    undo: undefined,
    openNodes: nodes.length,
    openUpstream,
    failedNodes: 0,
    runningCalls: 0,
    waitingCalls: 0,
    backoffs: [],
    awaitingFlow,
    isWindingDown: false,
    cancel: undefined,
    hadDeadline: false,
    isFinished: false,
    firstFailure: -1,
    now: 0,
    commands: [],
    settled: [],
    ready,
  };
}

function createNode(node: FlowNode): NodeState {
  return {
    node,
    status: 'PENDING',
    reason: undefined,
    attempt: 0,
    failures: 0,
    firstStartedAt: undefined,
    wakeAt: undefined,
    isWait: false,
    isReused: false,
    isUpstreamOfFlow: false,
    unmet: node.edges.length,
    elements: undefined,
    instances: undefined,
    nextInstance: 0,
    begunInstances: 0,
    maxBegun: node.mapped ? (node.edges[node.eachEdge]?.maxConcurrency ?? Infinity) : Infinity,
    restored: undefined,
    isActivated: false,
    isPropagated: false,
    isImplicated: false,
    isWanted: false,
  };
}

/** Marks what the flow depends on, and counts it. Against the topological order, each edge is looked at once. */
function markUpstream(flow: FlowGraph, nodes: readonly NodeState[]): number {
  let count = 0;
  for (let i = flow.order.length - 1; i >= 0; i--) {
    const state = nodes[flow.order[i] as number] as NodeState;
    if (!state.isUpstreamOfFlow && state.node !== flow.flow) continue;
    for (const edge of state.node.edges) {
      const upstream = nodes[edge.upstream.position] as NodeState;
      if (upstream.isUpstreamOfFlow) continue;
      upstream.isUpstreamOfFlow = true;
      count += 1;
    }
  }
  return count;
}
