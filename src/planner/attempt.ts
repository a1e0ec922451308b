import type { CallState } from './call-state';
import { enqueueDue } from './due-queue';
import { mayStart } from './planner-state';
import type { NodeState, PlannerState } from './planner-state';
import { FAILED, settleCall, stopReason } from './settle';

/** A PENDING call comes to its turn: the first attempt, or where a restored call left off. */
export function beginCall(state: PlannerState, node: NodeState, index: number, call: CallState): void {
  const { wakeAt } = call;
  if (call.isWait) enterWait(state, node, index, call, wakeAt);
  else if (wakeAt !== undefined && wakeAt > state.now) enterBackoff(state, node, index, call, wakeAt);
  else startAttempt(state, node, index, call);
}

/** Commands the next attempt, unless `totalTimeout` leaves it no time (the run was parked or lay idle past it). */
export function startAttempt(state: PlannerState, node: NodeState, index: number, call: CallState): void {
  const { totalTimeoutMs } = node.node.options;
  call.firstStartedAt ??= state.now;
  const totalTimeLeftMs = totalTimeoutMs === false ? undefined : call.firstStartedAt + totalTimeoutMs - state.now;
  if (totalTimeLeftMs !== undefined && totalTimeLeftMs <= 0) {
    settleCall(state, node, index, { status: 'FAILED', totalTimedOut: true });
    return;
  }
  if (call.status === 'WAITING') state.waitingCalls -= 1;
  state.runningCalls += 1;
  call.status = 'RUNNING';
  call.wakeAt = undefined;
  call.attempt += 1;
  state.commands.push({ type: 'start', node: node.node, index, attempt: call.attempt, totalTimeLeftMs });
}

/** An attempt failed: another one follows, or the call is FAILED. */
export function failAttempt(
  state: PlannerState,
  node: NodeState,
  index: number,
  call: CallState,
  verdict: { readonly isRetryable: boolean; readonly delayMs: number; readonly firstStartedAt?: number | undefined },
): void {
  const { retries, totalTimeoutMs } = node.node.options;
  call.failures += 1;
  if (!verdict.isRetryable || call.failures > retries.max || !mayStart(state, node.node)) {
    settleCall(state, node, index, FAILED);
    return;
  }
  const wakeAt = state.now + verdict.delayMs;
  const firstStartedAt = verdict.firstStartedAt ?? (call.firstStartedAt as number); // every call that runs was started
  call.firstStartedAt = firstStartedAt;
  if (totalTimeoutMs !== false && wakeAt >= firstStartedAt + totalTimeoutMs) {
    settleCall(state, node, index, { status: 'FAILED', totalTimedOut: true });
    return;
  }
  const change = { status: 'WAITING', wakeAt, delayMs: verdict.delayMs } as const;
  state.commands.push({ type: 'record', node: node.node, index, change });
  state.runningCalls -= 1;
  enterBackoff(state, node, index, call, wakeAt);
}

/** The method returned a wait. Where nothing may go on any more, there is nothing to wait for. */
export function beginWait(
  state: PlannerState,
  node: NodeState,
  index: number,
  call: CallState,
  endsInMs: number | undefined,
): void {
  if (!mayStart(state, node.node)) {
    settleCall(state, node, index, { status: 'CANCELLED', reason: stopReason(state) });
    return;
  }
  const change = { status: 'WAITING', isWait: true, endsInMs } as const;
  state.commands.push({ type: 'record', node: node.node, index, change });
  state.runningCalls -= 1;
  enterWait(state, node, index, call, endsInMs === undefined ? undefined : state.now + endsInMs);
}

function enterWait(state: PlannerState, node: NodeState, index: number, call: CallState, at: number | undefined): void {
  state.waitingCalls += 1;
  call.status = 'WAITING';
  call.isWait = true;
  call.wakeAt = at;
  if (at !== undefined) enqueueDue(state.backoffs, { at, call });
  state.commands.push({ type: 'wait', node: node.node, index, at });
}

function enterBackoff(state: PlannerState, node: NodeState, index: number, call: CallState, wakeAt: number): void {
  state.waitingCalls += 1;
  call.status = 'WAITING';
  call.wakeAt = wakeAt;
  enqueueDue(state.backoffs, { at: wakeAt, call });
  state.commands.push({ type: 'backoff', node: node.node, index, at: wakeAt, delayMs: wakeAt - state.now });
}
