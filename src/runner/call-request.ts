import type { AttemptRequest } from '../execution/attempt-request';
import type { ClaimedCall } from '../store/dispatch';

/** A call of another worker's run, as an attempt here. */
export function requestOf(
  claimed: ClaimedCall,
  rest: Pick<AttemptRequest, 'node' | 'totalTimeLeftMs' | 'transactions' | 'environment'>,
): AttemptRequest {
  const { runId, workflow, input, index, attempt, failures, idempotencyKey } = claimed;
  return { runId, workflow, input, index, attempt, failures, idempotencyKey, ...rest };
}
