import { isFinalNodeStatus } from '../core/statuses';
import type { FinalNodeStatus } from '../core/statuses';
import type { FlowEdge } from '../graph/workflow-graph';
import { makeReady } from './activate';
import { blame, implicate } from './blame';
import { judgeEdge } from './edge-table';
import { nodeStateOf } from './planner-state';
import type { NodeState, PlannerState } from './planner-state';
import { settleNode } from './settle';

const FAILED_ONLY = ['FAILED'] as const;
const SKIPPED_OR_FAILED = ['SKIPPED', 'FAILED'] as const;

/** Applies the edge table until nothing changes. It starts no call; what may start is left in `state.ready`. */
export function propagate(state: PlannerState): void {
  const { settled } = state;
  for (let i = 0; i < settled.length; i++) {
    const node = settled[i] as NodeState;
    if (node.isPropagated) continue;
    if (node.node === state.flow.flow) propagateFlow(state, node);
    else if (isFinalNodeStatus(node.status)) propagateFinal(state, node, node.status);
    else propagateEarly(state, node, FAILED_ONLY);
  }
  settled.length = 0;
}

/**
 * What depends on a SKIPPED flow is told FAILED when a failure made it so. That may turn out only later: a failure goes before a
 * skip, in whichever order they happened. Then only those dependents go ahead for which it makes no difference.
 */
function propagateFlow(state: PlannerState, flow: NodeState): void {
  for (const node of state.awaitingFlow) state.ready.push(node);
  state.awaitingFlow = [];
  if (flow.status === 'SKIPPED') implicate(state, flow);
  const verdict = flowVerdict(state, flow);
  if (verdict === undefined) propagateEarly(state, flow, SKIPPED_OR_FAILED);
  else propagateFinal(state, flow, verdict);
}

/** Comes back to a SKIPPED flow whose verdict was open and is so no more. Returns whether there is something to propagate. */
export function reconsiderFlow(state: PlannerState): boolean {
  const flow = nodeStateOf(state, state.flow.flow);
  if (flow.status !== 'SKIPPED' || flow.isPropagated || flowVerdict(state, flow) === undefined) return false;
  state.settled.push(flow);
  return true;
}

function flowVerdict(state: PlannerState, flow: NodeState): FinalNodeStatus | undefined {
  if (flow.status !== 'SKIPPED') return flow.status as FinalNodeStatus;
  if (state.firstFailure >= 0) return 'FAILED';
  return state.openUpstream === 0 ? 'SKIPPED' : undefined;
}

function propagateFinal(state: PlannerState, upstream: NodeState, status: FinalNodeStatus): void {
  upstream.isPropagated = true;
  for (const dependent of upstream.node.dependents) {
    const node = nodeStateOf(state, dependent.node);
    if (node.status !== 'PENDING' && !node.isImplicated) continue;
    const edge = dependent.node.edges[dependent.edge] as FlowEdge;
    const verdict = judgeEdge(node.node, edge, status);
    if (node.isImplicated) {
      if (verdict === 'unmet') blame(state, upstream);
    } else if (verdict === 'met') {
      node.unmet -= 1;
      if (node.unmet === 0) makeReady(state, node);
    } else if (verdict === 'unmet') {
      skip(state, node, edge, status);
    } else {
      settleNode(state, node, {
        status: 'CANCELLED',
        reason: { code: 'upstream-cancelled', from: upstream.node.name },
      });
    }
  }
}

/** The upstream is not final, but will be one of `statuses`: what none of them would let run is SKIPPED at once. */
function propagateEarly(state: PlannerState, upstream: NodeState, statuses: readonly FinalNodeStatus[]): void {
  for (const dependent of upstream.node.dependents) {
    const node = nodeStateOf(state, dependent.node);
    const edge = dependent.node.edges[dependent.edge] as FlowEdge;
    if (!statuses.every((status) => judgeEdge(node.node, edge, status) === 'unmet')) continue;
    if (node.isImplicated) blame(state, upstream);
    else if (node.status === 'PENDING') skip(state, node, edge, statuses[0] as FinalNodeStatus);
  }
}

function skip(state: PlannerState, node: NodeState, edge: FlowEdge, upstream: FinalNodeStatus): void {
  settleNode(state, node, {
    status: 'SKIPPED',
    reason: {
      code: 'edge-unmet',
      rule: edge.rule,
      from: edge.from,
      upstream: upstream as 'COMPLETED' | 'FAILED' | 'SKIPPED',
    },
  });
}
