/** How large a flush of the journal grows. */
export interface JournalLimits {
  /** Rows of nodes and runs. */
  readonly maxRows: number;
  readonly maxBytes: number;
  /** How long the first result of a flush waits for others while nothing else is on its way, ms. */
  readonly maxDelayMs: number;
}

/** The workload `journal` of `npm run bench:postgres` measures them beside others: docs/performance.md has its table. */
export const DEFAULT_JOURNAL: JournalLimits = { maxRows: 2_000, maxBytes: 8 * 1024 * 1024, maxDelayMs: 0 };
