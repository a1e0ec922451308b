import type { AttemptResult } from '../execution/attempt-request';
import type { NodeRef, PlannerEvent } from '../planner/events';

/** The end of an attempt, as the planner is told of it. */
export function attemptEvent(
  { node, index }: NodeRef,
  result: AttemptResult | 'aborted',
  firstStartedAt?: number,
): PlannerEvent {
  if (result === 'aborted') return { type: 'aborted', node, index };
  if (result.kind === 'completed') return { type: 'completed', node, index, elements: result.elements };
  if (result.kind === 'skipped') return { type: 'skipped', node, index, reason: result.reason };
  const { isRetryable, delayMs } = result;
  return { type: 'failed', node, index, isRetryable, delayMs, firstStartedAt };
}
