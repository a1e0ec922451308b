/** How a run ended, for those who wait for it. */
export type RunResult =
  /** `output` is encoded. */
  | { readonly status: 'COMPLETED'; readonly output: string }
  /** `cause` is the error itself where this process ran the task, else rebuilt from its record. */
  | { readonly status: 'FAILED'; readonly workflow: string; readonly task: string | undefined; readonly cause: Error }
  | { readonly status: 'CANCELLED'; readonly reason: string | undefined };
