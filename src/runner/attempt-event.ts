import { beginWait } from '../core/wait';
import type { AttemptResult } from '../execution/attempt-request';
import type { NodeRef, PlannerEvent } from '../planner/events';

/** The end of an attempt, as the planner is told of it. */
export function attemptEvent(
  { node, index }: NodeRef,
  result: AttemptResult | 'aborted',
  now: number,
  firstStartedAt?: number,
): PlannerEvent {
  if (result === 'aborted') return { type: 'aborted', node, index };
  if (result.kind === 'completed') return { type: 'completed', node, index, elements: result.elements };
  if (result.kind === 'skipped') return { type: 'skipped', node, index, reason: result.reason };
  if (result.kind === 'waiting')
    return { type: 'waiting', node, index, endsInMs: beginWait(result.request, now, () => '').endsInMs };
  const { isRetryable, delayMs } = result;
  return { type: 'failed', node, index, isRetryable, delayMs, firstStartedAt };
}
