import type { StoredNode } from './stored-run';

export interface RegisterWorkerParams {
  /** A new UUID per registration: never a host name or pid, so that no other process can ever be mistaken for it. */
  readonly workerId: string;
  readonly leaseMs: number;
  readonly queues: readonly string[];
  /** Names of the workflows it has the code of: only shown, claims name theirs each time. */
  readonly workflows: readonly string[];
  /** For people: host name and pid. */
  readonly label: string;
}

export interface PollParams {
  readonly workerId: string;
  readonly leaseMs: number;
  /** The answer is to leave out the runs that the worker owns: it has no use for them now. */
  readonly skipsOwned?: boolean | undefined;
  /** Absent when the worker takes nothing new: it is full, or drains. */
  readonly claim?: ClaimParams | undefined;
}

export interface ClaimParams {
  readonly queues: readonly string[];
  /** Names of the workflows this worker has the code of. */
  readonly workflows: readonly string[];
  /** Fingerprints of their flows: runs that refused one of these are left alone. */
  readonly fingerprints: readonly string[];
  readonly limit: number;
  /** How many of `limit` go to those who wait longest, whatever their priority. Default 0. */
  readonly byAge?: number | undefined;
}

export type PollResult =
  /** The lease had ended and the worker was declared dead: abort everything, register under a new id. */
  | { readonly kind: 'dead' }
  | {
      readonly kind: 'alive';
      /** The store's clock, epoch ms. */
      readonly now: number;
      readonly claimed: readonly ClaimedRun[];
      /** Every run this worker owns, before the new claims: what is missing was lost. Empty when it was not asked for. */
      readonly owned: readonly OwnedRun[];
      /** How many runs of dead workers were freed: they can be claimed by the next poll. */
      readonly recovered: number;
      /** Ms until the next run of these queues falls due, if one is known. */
      readonly nextDueMs?: number | undefined;
    };

/** A run the worker owns, as its row now stands. */
export interface OwnedRun {
  readonly id: string;
  readonly epoch: number;
  readonly inbox: number;
  readonly isCancelRequested: boolean;
  readonly cancelReason?: string | undefined;
}

/** A run with all that is needed to go on with it. */
export interface ClaimedRun {
  readonly id: string;
  readonly workflow: string;
  readonly version?: string | undefined;
  readonly flow: string;
  readonly fingerprint: string;
  readonly queue: string;
  readonly priority: number;
  readonly tags: readonly string[];
  /** Encoded input. */
  readonly input: string;
  readonly epoch: number;
  readonly inbox: number;
  readonly generation: number;
  readonly crashes: number;
  readonly createdAt: number;
  readonly startedAt?: number | undefined;
  readonly deadlineAt?: number | undefined;
  /** The run whose task waits for it. */
  readonly parentId?: string | undefined;
  /** What telemetry keeps with it. */
  readonly trace?: string | undefined;
  readonly isCancelRequested: boolean;
  readonly cancelReason?: string | undefined;
  readonly nodes: readonly StoredNode[];
  /** Its values could not be opened here, and `token` stands for who could not: see `store/sealed`. */
  readonly sealed?: { readonly problem: string; readonly token: string } | undefined;
}
