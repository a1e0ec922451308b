/**
 * Puts a final run back to work: raises `epoch` and `generation`, sets PENDING, clears cancel, error and errors. Every node that is
 * not COMPLETED and every node in `reset` loses its record's result (its attempts stay, under their generation).
 */
export interface RetryRunParams {
  readonly runId: string;
  /** COMPLETED nodes that shall run again: `from` and all downstream of it, every instance. */
  readonly reset: readonly string[];
}
