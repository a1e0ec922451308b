/** A worker as a store keeps it. Instants are epoch ms by the store's clock. */
export interface StoredWorker {
  readonly id: string;
  /** For people: host name and pid. */
  readonly label: string;
  readonly queues: readonly string[];
  /** Names of the workflows it has the code of. */
  readonly workflows: readonly string[];
  readonly registeredAt: number;
  /** When it was last heard of. */
  readonly seenAt: number;
  /** Absent where leases never end. */
  readonly leaseUntil?: number | undefined;
  /** Its lease has not ended, and nobody declared it dead. */
  readonly isAlive: boolean;
}

export interface ListWorkersParams {
  /** Whom to list even when they are dead; otherwise the dead are left out, and those whose lease just ended are not. */
  readonly include?: readonly string[] | undefined;
}

export interface WorkerList {
  /** The store's clock, epoch ms. */
  readonly now: number;
  /** In the order of their registration. */
  readonly workers: readonly StoredWorker[];
}

export interface CountBeforeParams {
  readonly runId: string;
  /** Whose runs are counted: what the workers that could claim the run have. */
  readonly workflows: readonly string[];
  /** Counting ends here. */
  readonly limit: number;
}
