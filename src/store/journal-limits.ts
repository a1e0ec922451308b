/** How large a flush of the journal grows. */
export interface JournalLimits {
  /** Rows of nodes and runs. */
  readonly maxRows: number;
  readonly maxBytes: number;
  /** How long the first result of a flush waits for others while nothing else is on its way, ms. */
  readonly maxDelayMs: number;
}

/** What W1 and W2 of docs/performance.md came out best with; see the table of limits there. */
export const DEFAULT_JOURNAL: JournalLimits = { maxRows: 2_000, maxBytes: 8 * 1024 * 1024, maxDelayMs: 0 };
