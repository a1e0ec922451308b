/**
 * Puts a final run back to work: raises `epoch` and `generation`, sets PENDING, clears cancel, error and errors. Every node that is
 * not COMPLETED and every node in `reset` loses its record's result and becomes PENDING (its attempts stay, under their generation; a
 * COMPLETED one that had no list of attempts gets one with its single call, and the new generation as `resetIn`).
 */
export interface RetryRunParams {
  readonly runId: string;
  /** COMPLETED nodes that shall run again: `from` and all downstream of it, every instance. */
  readonly reset: readonly string[];
  /** Compensations of the flow's tasks. What one of them began to undo runs again as well, instance by instance, and so may they. */
  readonly compensations?: readonly { readonly name: string; readonly task: string }[] | undefined;
  /** Only compensations that are not COMPLETED are to run: nothing else is reset, and an accepted cancel stands. */
  readonly compensationsOnly?: boolean | undefined;
}
