import { startReady } from './activate';
import { beginWait, failAttempt, startAttempt } from './attempt';
import type { CallState } from './call-state';
import type { Command } from './commands';
import { continueUndo } from './compensate';
import { WHOLE } from './events';
import type { NodeRef, PlannerEvent } from './events';
import { finishIfOver } from './outcome';
import { callAt, mayStart, nodeStateOf } from './planner-state';
import type { NodeState, PlannerState } from './planner-state';
import { propagate, reconsiderFlow } from './propagate';
import { restore } from './restore';
import { COMPLETED, FAILED, settleCall, stopReason } from './settle';
import { cancelRun, windDownIfDecided } from './wind-down';

export { createState } from './create-state';

/**
 * Tells the planner what happened and returns what is to be done about it, in order. The same events at the same instants give
 * the same commands: no clock, no I/O. `state` is updated in place.
 *
 * Events about a call that is not in the status they presuppose (a result after the grace period, say) change nothing.
 *
 * @param now epoch ms; instants never have to grow, backoffs and `totalTimeout` are measured by them
 * @throws TypeError when a mapped node is reached and `elements` of its upstream was not given; the state is then unusable
 * @example
 * const state = createState(flow);
 * transition(state, { type: 'begin', records: [] }, now); // start commands of the nodes without dependencies
 */
export function transition(state: PlannerState, event: PlannerEvent, now: number): Command[] {
  const commands: Command[] = [];
  state.commands = commands;
  state.now = now;
  apply(state, event);
  advance(state);
  return commands;
}

function apply(state: PlannerState, event: PlannerEvent): void {
  switch (event.type) {
    case 'begin':
      restore(state, event.records);
      propagate(state);
      if (event.cancel !== undefined) cancelRun(state, event.cancel);
      return;
    case 'cancel':
      cancelRun(state, event.cause);
      return;
    case 'due': {
      const node = nodeStateOf(state, event.node);
      const call = callAt(node, event.index);
      if (call?.status === 'WAITING' && !call.isWait) startAttempt(state, node, event.index, call);
      return;
    }
    default:
      applyResult(state, event);
  }
}

/** The end of a running attempt, or of a wait. */
function applyResult(state: PlannerState, event: Exclude<PlannerEvent, { type: 'begin' | 'cancel' | 'due' }>): void {
  const node = nodeStateOf(state, event.node);
  const call = openCall(node, event);
  if (call === undefined) return;
  switch (event.type) {
    case 'completed':
      if (event.index === WHOLE) node.elements = event.elements;
      settleCall(state, node, event.index, COMPLETED);
      return;
    case 'failed':
      if (call.isWait) settleCall(state, node, event.index, FAILED);
      else failAttempt(state, node, event.index, call, event);
      return;
    case 'waiting':
      beginWait(state, node, event.index, call, event.endsInMs);
      return;
    case 'skipped':
      settleCall(state, node, event.index, {
        status: 'SKIPPED',
        reason: { code: 'skipped-by-task', reason: event.reason },
      });
      return;
    case 'aborted':
      // Aborted while it may run: its worker gives the run back, and whoever goes on with it calls it again.
      if (!mayStart(state, event.node)) {
        settleCall(state, node, event.index, { status: 'CANCELLED', reason: stopReason(state) });
      }
  }
}

/** The call that an event ends: a running one, or of `completed` and `failed` also one that waits. */
function openCall(
  node: NodeState,
  { type, index }: NodeRef & { readonly type: PlannerEvent['type'] },
): CallState | undefined {
  if (node.node.mapped && index === WHOLE) return undefined;
  const call = callAt(node, index);
  if (call?.status === 'RUNNING') return call;
  const endsWait = type === 'completed' || type === 'failed';
  return endsWait && call?.status === 'WAITING' && call.isWait ? call : undefined;
}

/**
 * Draws all consequences. The edge table is applied to the end before wind-down is decided, and that before anything starts;
 * starting can itself end a node, so it goes round until nothing is left to do.
 */
function advance(state: PlannerState): void {
  for (;;) {
    propagate(state);
    if (windDownIfDecided(state) || reconsiderFlow(state)) continue;
    startReady(state);
    if (state.settled.length === 0) break;
  }
  while (continueUndo(state));
  finishIfOver(state);
}
