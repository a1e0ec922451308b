import type { WaitRequest } from '../core/wait';
import type { StoredNode } from './stored-run';

/**
 * What the engine asks of a database for calls that run on another worker than their run's owner: part of the `Store` port, with its
 * promises. One row is one attempt of one node or instance. Only the owner of the run makes, aborts and removes rows, each time with its
 * epoch; a worker that serves the queue claims a row under a token, executes the attempt and leaves the result on the row.
 * What becomes of a result is decided, and recorded, by the owner.
 */
export interface Dispatches {
  /**
   * Offers attempts to the workers of their queues. An attempt that is offered already is left as it is, whoever has it by now;
   * the row of an earlier attempt is replaced. May be grouped with other runs' calls.
   */
  offer(params: OfferCallsParams): Promise<'offered' | 'lost'>;

  /**
   * One round trip of a worker that serves such queues: which calls it has, and new claims for its free places. A call of a worker that
   * was declared dead can be claimed again, and counts one crash more.
   */
  poll(params: PollCallsParams): Promise<PolledCalls>;

  /**
   * Leaves the result of an attempt on its row and raises the run's inbox (`wakeAt` too, when it is WAITING). `lost`: the run is final or
   * in another generation, or the row is gone, has another token, or another result.
   */
  record(params: RecordCallParams): Promise<'recorded' | 'lost'>;

  /** Gives claimed calls back, uncharged. Those whose token is not `token` any more, or that have a result, are left alone. */
  release(params: { readonly calls: readonly (CallAddress & { readonly token: number })[] }): Promise<void>;

  /** The calls of a run that have a row, of whatever generation: for an owner that goes on with it. */
  list(params: { readonly runId: string }): Promise<readonly OfferedCall[]>;

  /**
   * Results that came in and whose rows were not removed yet, oldest first, at most `limit`; and the run's inbox at that moment: a result
   * that is not among them, and is not cut off by `limit`, raises it further.
   */
  take(params: { readonly runId: string; readonly limit: number }): Promise<TakenCalls>;

  /**
   * Asks for attempts to be aborted. Those nobody has claimed are removed at once, and answered; of the others the worker that
   * has them is told by its next poll. Nothing happens (and nothing is answered) when the epoch is another one.
   */
  abort(params: AbortCallsParams): Promise<readonly CallAddress[]>;

  /** Removes rows, whatever their state: what they held is recorded, or not wanted. Nothing happens when the epoch is another one. */
  remove(params: {
    readonly runId: string;
    readonly epoch: number;
    readonly calls: readonly OfferedAttempt[];
  }): Promise<void>;
}

/** Which node or instance (`index` -1 for a node as a whole). */
export interface CallAddress {
  readonly runId: string;
  readonly node: string;
  readonly index: number;
}

/** Which attempt of a run's node. */
export interface AttemptAddress {
  readonly node: string;
  readonly index: number;
  readonly attempt: number;
}

/** The same of runs that were retried, where an attempt that left no record is counted anew. */
export interface OfferedAttempt extends AttemptAddress {
  readonly generation: number;
}

export interface OfferCallsParams {
  readonly runId: string;
  readonly epoch: number;
  readonly generation: number;
  readonly calls: readonly CallOffer[];
}

/** An attempt, with what a worker needs to know of it besides the run and the records of other nodes. */
export interface CallOffer extends AttemptAddress {
  readonly queue: string;
  /** Of the node, as the owner's code has it: only the same shape may execute it. */
  readonly shape: string;
  /** The nodes whose records its arguments are made of. */
  readonly needs: readonly string[];
  /** Earlier attempts that count against `retries`. */
  readonly failures: number;
  /** When the first attempt of this generation started, epoch ms: `totalTimeout` counts from it. Absent for the first one. */
  readonly firstStartedAt?: number | undefined;
  readonly idempotencyKey: string;
  /** What telemetry hands to whoever makes the attempt; where the owner has none, that of the run. */
  readonly trace?: string | undefined;
  /** For a handler of a flow that was SKIPPED by a failure: whose failure that is. It is among `needs`. */
  readonly decisive?: { readonly node: string; readonly index: number } | undefined;
}

export interface PollCallsParams {
  readonly workerId: string;
  /** Absent when the worker takes nothing new. */
  readonly claim?: ClaimCallsParams | undefined;
}

export interface ClaimCallsParams {
  readonly queues: readonly string[];
  /** What this worker has the code of. */
  readonly code: readonly CodeRef[];
  readonly limit: number;
  /** Calls whose workers died this often, or will have with this claim, are claimed one at a time, if at all. */
  readonly suspectFrom: number;
  readonly takesSuspect: boolean;
}

/** A node as one process knows it. */
export interface CodeRef {
  readonly workflow: string;
  /** Of the workflow: where a run has one too, it must be the same. */
  readonly version?: string | undefined;
  readonly flow: string;
  readonly node: string;
  readonly shape: string;
}

export interface PolledCalls {
  /** What this worker has claimed before and may still execute: what is missing was lost. */
  readonly held: readonly HeldCall[];
  readonly claimed: readonly ClaimedCall[];
}

export interface HeldCall extends CallAddress {
  readonly token: number;
  readonly abort?: 'cancel' | 'deadline' | undefined;
}

export interface ClaimedCall extends CallAddress, CallOffer {
  readonly workflow: string;
  /** Of the run. */
  readonly version?: string | undefined;
  readonly flow: string;
  readonly generation: number;
  /** The run's encoded input. */
  readonly input: string;
  /** Raised by each claim and release of the row; whoever writes to it names it. */
  readonly token: number;
  /** Claims of this attempt that ended in a dead worker. */
  readonly crashes: number;
  /** The records of `needs`, elements included. Calls of one run that were claimed together share the array. */
  readonly upstream: readonly StoredNode[];
  /** Why its values could not be opened here: see `store/sealed`. */
  readonly sealed?: string | undefined;
}

export interface RecordCallParams extends CallAddress {
  readonly attempt: number;
  readonly generation: number;
  readonly token: number;
  readonly result: CallResult;
}

/** How an attempt ended. Instants are epoch ms by the executing worker's estimate of the store's clock. */
export type CallResult = {
  readonly startedAt: number;
  readonly finishedAt: number;
} & (
  | {
      readonly kind: 'completed';
      /** Encoded. */
      readonly value: string;
      readonly elements?: number | undefined;
      readonly overran: boolean;
    }
  | {
      readonly kind: 'failed';
      /** Encoded record of the error. */
      readonly error: string;
      readonly isRetryable: boolean;
      readonly delayMs: number;
      readonly timedOut?: 'timeout' | 'totalTimeout' | undefined;
    }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'waiting'; readonly request: WaitRequest }
);

export interface OfferedCall extends OfferedAttempt {
  readonly queue: string;
  /** Epoch ms. */
  readonly offeredAt: number;
  /** The worker that has it, or had it when the result came. */
  readonly worker?: string | undefined;
  /** Epoch ms. */
  readonly claimedAt?: number | undefined;
  readonly crashes: number;
  readonly hasResult: boolean;
}

export interface TakenCalls {
  readonly inbox: number;
  readonly ended: readonly (OfferedAttempt & { readonly result: CallResult })[];
}

export interface AbortCallsParams {
  readonly runId: string;
  readonly epoch: number;
  readonly calls: readonly AttemptAddress[];
  readonly cause: 'cancel' | 'deadline';
}
