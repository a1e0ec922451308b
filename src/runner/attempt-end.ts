import type { AttemptResult } from '../execution/attempt-request';
import type { AttemptEnd } from '../telemetry/telemetry';

/** The end of an attempt, as telemetry is told of it: without its value. */
export function attemptEnd(answer: AttemptResult | 'aborted'): AttemptEnd {
  if (answer === 'aborted') return { outcome: 'aborted' };
  if (answer.kind === 'completed') return { outcome: 'completed' };
  if (answer.kind === 'skipped') return { outcome: 'skipped', reason: answer.reason };
  if (answer.kind === 'waiting') return { outcome: 'waiting', wait: answer.request.kind };
  const { error, isRetryable, timedOut } = answer;
  return { outcome: timedOut === undefined ? 'failed' : 'timed-out', error, isRetryable };
}

/** The result of an attempt that was traced: a child that it asks for goes on with that trace, whoever starts it. */
export function withTrace(result: AttemptResult, trace: string | undefined): AttemptResult {
  if (trace === undefined || result.kind !== 'waiting' || result.request.kind !== 'child') return result;
  return { ...result, request: { ...result.request, child: { ...result.request.child, trace } } };
}
