import type { NodeReason } from '../core/reasons';
import { isFinalNodeStatus } from '../core/statuses';
import type { CallState } from './call-state';
import { WHOLE } from './events';
import type { CancelCause } from './events';
import { mayStart, nodeStateOf } from './planner-state';
import type { NodeState, PlannerState } from './planner-state';
import { settleCall, settleNode, stopReason } from './settle';

/**
 * Begins to wind down once the flow's outcome is decided. Returns whether it did. With `onFailure: 'finish'` there is nothing to
 * wind down: by the time every node that can run has done so, every node is final.
 */
export function windDownIfDecided(state: PlannerState): boolean {
  if (state.isWindingDown || state.openNodes === 0 || state.cancel !== undefined) return false;
  if (state.flow.onFailure === 'finish') return false;
  if (!isFinalNodeStatus(nodeStateOf(state, state.flow.flow).status)) return false;
  state.isWindingDown = true;
  stopAll(state);
  return true;
}

/**
 * A cancel was accepted, or the deadline passed. A cancel beats a deadline until the run is over, and re-opens a finish that the
 * store refused because of it.
 */
export function cancelRun(state: PlannerState, cause: CancelCause): void {
  if (state.cancel === 'cancel' || state.cancel === cause) return;
  // When all nodes are over, how the run ends is decided; compensations have no deadline.
  if (state.openNodes === 0 && cause === 'deadline') return;
  const isFirst = state.cancel === undefined;
  state.cancel = cause;
  state.isFinished = false;
  if (isFirst) stopAll(state);
}

/** Ends what may no longer start. Upstreams come first, so that a node can name the CANCELLED one it depends on. */
function stopAll(state: PlannerState): void {
  for (const position of state.flow.order) {
    const node = state.nodes[position] as NodeState;
    if (isFinalNodeStatus(node.status) || mayStart(state, node.node)) continue;
    if (node.instances !== undefined) {
      node.instances.calls.forEach((call, index) => stopCall(state, node, index, call));
    } else if (node.status === 'PENDING') {
      settleNode(state, node, { status: 'CANCELLED', reason: upstreamCancelled(state, node) ?? stopReason(state) });
    } else {
      stopCall(state, node, WHOLE, node);
    }
  }
}

/** A running attempt is left to finish in a wind-down, and told to abort by a cancel. */
function stopCall(state: PlannerState, node: NodeState, index: number, call: CallState): void {
  if (call.status === 'PENDING' || call.status === 'WAITING') {
    settleCall(state, node, index, { status: 'CANCELLED', reason: stopReason(state) });
  } else if (call.status === 'RUNNING' && state.cancel !== undefined) {
    state.commands.push({ type: 'abort', node: node.node, index, cause: state.cancel });
  }
}

function upstreamCancelled(state: PlannerState, node: NodeState): NodeReason | undefined {
  const edge = node.node.edges.find(({ upstream }) => nodeStateOf(state, upstream).status === 'CANCELLED');
  return edge && { code: 'upstream-cancelled', from: edge.from };
}
