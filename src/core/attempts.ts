/**
 * One call of a node's method, as history keeps it.
 *
 * - `completed`, `failed`, `skipped`: how the call ended
 * - `timed-out`: `timeout` or `totalTimeout` passed; what the call does later is dropped
 * - `aborted`: cancelled, or its worker stopped
 * - `lost`: its worker died or lost its lease
 */
export interface RecordedAttempt {
  /** From 1. */
  readonly attempt: number;
  readonly outcome: 'completed' | 'failed' | 'skipped' | 'timed-out' | 'aborted' | 'lost';
  readonly generation: number;
  /** Epoch ms, by the worker's estimate of the store's clock. */
  readonly startedAt: number;
  readonly finishedAt: number;
  /** Of a failed attempt: name and message, cut to 1 KB. The whole error is the node's. */
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string | undefined } | undefined;
  /** The backoff drawn after it, ms, jitter included. */
  readonly delayMs?: number | undefined;
  /** The value came after the timeout's instant but before its timer could fire: it counts. */
  readonly overran?: boolean | undefined;
}
