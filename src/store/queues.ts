/** The runs of one queue that are not over, by the store's clock. */
export interface QueueUse {
  readonly queue: string;
  /** Could be claimed now. */
  readonly due: number;
  /** Since when the oldest of them could be, epoch ms. */
  readonly oldestDueAt: number | undefined;
  /** Are to start, or to go on, later; parked ones without an instant included. */
  readonly later: number;
  readonly running: number;
  readonly held: number;
}

/** What stands in the queues. */
export interface Queues {
  /** Every queue that has a run which is not over, by name. It counts them one by one, so it takes longer the more there are; runs that are over cost nothing. */
  list(): Promise<readonly QueueUse[]>;
}
