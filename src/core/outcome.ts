/** The error of a task that FAILED, as dependents, handlers and records see it: an `Error`, also when rebuilt from a record. */
export interface TaskError extends Error {
  /** The stable code of the error that the task threw, where it had one. */
  readonly code?: string;
  /** The task that failed. */
  readonly task: string;
  /** Of a mapped task: the element whose instance failed. */
  readonly index?: number;
  /** How many calls were made. */
  readonly attempts: number;
  /** Of a mapped task: the errors of all failed instances, in element order. */
  readonly errors?: readonly TaskError[];
}

/** How a task ended, as `settled` and `allSettled` hand it on. `CANCELLED` reaches `always` tasks only. */
export type Outcome<R> =
  | { readonly status: 'COMPLETED'; readonly value: R }
  | { readonly status: 'FAILED'; readonly error: TaskError }
  | { readonly status: 'SKIPPED' | 'CANCELLED'; readonly reason: string };
