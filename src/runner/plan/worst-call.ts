import { backoffDelayMs } from '../../execution/backoff';
import type { NodeOptions, RetryOptions } from '../../graph/node-options';

/** With this a draw of the backoff's jitter gives the longest delay. */
const LONGEST_DRAW = 1;

/** The most that one node, or one element of a mapped one, can take. */
export interface WorstCall {
  /** Attempts. */
  readonly calls: number;
  /** All attempts and the delays between them, ms; `Infinity` where an attempt has no timeout. */
  readonly durationMs: number;
}

/** What the retry and timeout options of a node allow at most. */
export function worstCall({ retries, timeoutMs, totalTimeoutMs }: NodeOptions): WorstCall {
  const calls = 1 + retries.max;
  const attempts = timeoutMs === false ? Infinity : calls * timeoutMs;
  const total = totalTimeoutMs === false ? Infinity : totalTimeoutMs;
  // The delays are worth adding up only where the rest is finite.
  const durationMs = attempts === Infinity ? total : Math.min(attempts + longestDelaysMs(retries), total);
  return { calls, durationMs };
}

/** All delays between attempts at their longest. A series of delays never falls, and stands at its maximum once it has come there. */
function longestDelaysMs(retries: RetryOptions): number {
  let sum = 0;
  let previous = -1;
  for (let attempt = 1; attempt <= retries.max; attempt++) {
    const delay = backoffDelayMs(retries, attempt, LONGEST_DRAW);
    if (delay === retries.maxDelayMs || delay === previous) return sum + delay * (retries.max - attempt + 1);
    sum += delay;
    previous = delay;
  }
  return sum;
}
