import { judgeEdge } from './edge-table';
import { knownStatus, nodeStateOf } from './planner-state';
import type { NodeState, PlannerState } from './planner-state';

/**
 * Finds the failures that made the flow SKIPPED. From the flow, every edge that cannot be met is followed, not only the first
 * that happened, so the answer does not depend on the order of completions. It grows as nodes become final: `implicate` looks
 * upstream once for each implicated node, `blame` is told of each later end. Together they look at each edge at most twice.
 */
export function implicate(state: PlannerState, start: NodeState): void {
  const open = [start];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.isImplicated) continue;
    node.isImplicated = true;
    for (const edge of node.node.edges) {
      const upstream = nodeStateOf(state, edge.upstream);
      const status = knownStatus(upstream);
      if (status === undefined || judgeEdge(node.node, edge, status) !== 'unmet') continue;
      if (status === 'FAILED') noteFailure(state, upstream);
      else if (status === 'SKIPPED') open.push(upstream);
    }
  }
}

/** An edge from `upstream` to an implicated node cannot be met. */
export function blame(state: PlannerState, upstream: NodeState): void {
  const status = knownStatus(upstream);
  if (status === 'FAILED') noteFailure(state, upstream);
  else if (status === 'SKIPPED') implicate(state, upstream);
}

function noteFailure(state: PlannerState, failed: NodeState): void {
  const { position } = failed.node;
  if (state.firstFailure < 0 || position < state.firstFailure) state.firstFailure = position;
}
