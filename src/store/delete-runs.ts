import type { FinalRunStatus } from '../core/statuses';

/** One batch of a cleanup. Ages are ms since the run ended, by the store's clock. */
export interface DeleteRunsParams {
  /** How old a run of this status must be to be deleted; statuses that are not named are kept. */
  readonly ages: { readonly [Status in FinalRunStatus]?: number | undefined };
  /** At most this many runs are deleted; at most ten times as many are looked at. */
  readonly limit: number;
  /** Where the batch before this one ended; absent in the first. */
  readonly after?: RunPosition | undefined;
}

/** A place in the order of creation. */
export interface RunPosition {
  readonly createdAt: number;
  readonly id: string;
}

export interface DeletedRuns {
  readonly deleted: number;
  /** Where to go on; absent when every run was looked at that is old enough for any of the ages. */
  readonly next?: RunPosition | undefined;
}

/** How many runs a batch looks at for each that it may delete: it stays short where most of the old runs are kept. */
export const LOOKED_AT_PER_RUN = 10;

export interface BeginCleanupParams {
  readonly workerId: string;
  /** How much time lies between two rounds of the whole fleet, ms. */
  readonly everyMs: number;
}

/** `isMine`: this worker does the round now. Otherwise another one did, and the next is due after `nextMs`. */
export interface CleanupTurn {
  readonly isMine: boolean;
  readonly nextMs: number;
}
