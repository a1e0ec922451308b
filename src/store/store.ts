import type { FinalRunStatus } from '../core/statuses';
import type { Children } from './children';
import type { CreateRunParams, CreatedRun } from './create-run';
import type { BeginCleanupParams, CleanupTurn, DeletedRuns, DeleteRunsParams } from './delete-runs';
import type { Dispatches } from './dispatch';
import type { CountBeforeParams, ListWorkersParams, WorkerList } from './list-workers';
import type { ListRunsParams, RunPage, StoredRun } from './stored-run';
import type { PollParams, PollResult, RegisterWorkerParams } from './worker-lease';
import type { RecordParams, RecordResult } from './record';
import type { RetryRunParams } from './retry-run';
import type { Graphs } from './graphs';
import type { HeldRuns } from './held-runs';
import type { Queues } from './queues';
import type { Reuses } from './reuse';
import type { RunFeed } from './run-feed';
import type { Schedules } from './schedules';
import type { Signals } from './signals';
import type { HintListener, Listening } from './store-hint';
import type { Contests, FindContestsParams, LeaseSlotsParams, LeaseSlotsResult, ReturnSlotsParams } from './slots';
import type { FindSlotsParams, SlotUse } from './slots';
import type { Transactions } from './transactions';

/**
 * What the engine asks of a database: one verb per intent, one params object per verb. Whoever implements it keeps
 * these promises, which the contract suite (`test/store/contract`) checks on every store:
 *
 * 1. Every verb is one atomic step: it happens whole or not at all, and once its promise is fulfilled it survives a
 *    crash of the process (of the memory store, of course not).
 * 2. A write that names a run also names the `epoch` of its claim, and changes nothing when the run has another epoch, is
 *    final, or is gone. A final status never changes, `retryRun` excepted.
 * 3. Instants come from the store's clock. Callers pass delays in milliseconds, never instants of their own, for whatever
 *    another process may act on.
 * 4. Whoever wants a run's attention raises its `inbox` in the same step (and its `wakeAt`, when it is WAITING), so that
 *    an owner that parks the run with the inbox it has seen can never miss it.
 * 5. Values are opaque: encoded JSON text of `core/codec` goes in and equal text comes out.
 */
export interface Store {
  readonly kind: 'memory' | 'pglite' | 'postgres';

  /** Whether hints of other processes arrive. Where there is no other process it is `off`: there is nobody to hear. */
  readonly listening: Listening;

  /**
   * Hears hints (see `StoreHint`), of this process and of others, until the returned function is called. They come after the change
   * that they are about is visible, or not at all.
   */
  subscribe(listener: HintListener): () => void;

  /** Connects, migrates and checks the schema's version. Call once, before anything else. */
  open(): Promise<void>;
  /** Ends the connection; idempotent. Workers deregister themselves first. */
  close(): Promise<void>;

  /**
   * Inserts a run, or finds the one that already has this idempotency key (or id). With `claim` the new run belongs to that
   * worker at once (status RUNNING, epoch 1), provided its lease is alive; otherwise it is PENDING.
   */
  createRun(params: CreateRunParams): Promise<CreatedRun>;

  /** Announces a worker and starts its lease. */
  registerWorker(params: RegisterWorkerParams): Promise<void>;
  /** Ends a worker's lease; runs it still owns become PENDING, and calls it has are free again, uncharged. */
  deregisterWorker(params: { readonly workerId: string }): Promise<void>;
  /**
   * One round trip of a worker's life: renews its lease, declares workers dead whose lease ended and frees their runs
   * (`epoch + 1`, `crashes + 1`), reports the owned runs, and claims due runs for the free places it has.
   */
  poll(params: PollParams): Promise<PollResult>;

  /**
   * Raises how many slots of some keys a worker holds, as far as limits and fairness allow: at no moment do the workers of a key
   * hold more together than its limit. Slots of workers that were declared dead are free. A worker that gets less than it
   * wants is waiting: who holds none goes first, in order of waiting, and while anybody waits nobody gets more than its share.
   */
  leaseSlots(params: LeaseSlotsParams): Promise<LeaseSlotsResult>;
  /** Gives slots back, and ends the waiting for those keys. */
  returnSlots(params: ReturnSlotsParams): Promise<void>;
  /** For whom slots are to be given back. Reads only. */
  findContests(params: FindContestsParams): Promise<Contests>;
  /** Who holds and who waits for slots of these keys, in their order; keys in which nobody has part are left out. Reads only. */
  findSlots(params: FindSlotsParams): Promise<readonly SlotUse[]>;

  /** Writes what happened to one run since the last call; see `RecordParams`. May be grouped with other runs' records. */
  record(params: RecordParams): Promise<RecordResult>;

  /** Calls that run on another worker than their run's owner. */
  readonly dispatches: Dispatches;
  /** Runs that take over records of others. */
  readonly reuses: Reuses;
  /** What fingerprints stand for. */
  readonly graphs: Graphs;
  /** Tasks that commit their work with their completion; absent where there is no database to commit to. */
  readonly transactions?: Transactions;
  /** Messages to runs. */
  readonly signals: Signals;
  /** Runs that tasks of others wait for. */
  readonly children: Children;
  /** Runs that begin by the clock. */
  readonly schedules: Schedules;
  /** What happens in runs, for whoever follows them. */
  readonly feed: RunFeed;
  /** Runs that exist before they may start. */
  readonly held: HeldRuns;
  /** How many runs stand where. */
  readonly queues: Queues;

  /**
   * Asks for a run to be cancelled. A run none of whose nodes started (PENDING, or WAITING without a record or a call) is CANCELLED at
   * once; otherwise its owner is told through the inbox. A RUNNING run may have started nodes that have no row yet.
   */
  requestCancel(params: {
    readonly runId: string;
    readonly reason?: string | undefined;
  }): Promise<'accepted' | 'final' | 'unknown'>;

  /** Puts a FAILED or CANCELLED run back to PENDING under a new generation; see `RetryRunParams`. */
  retryRun(params: RetryRunParams): Promise<RetryRunResult>;

  /** One run with its node records, or `undefined`. */
  findRun(params: { readonly runId: string }): Promise<StoredRun | undefined>;
  /** Which of these runs are over, and how; and which do not exist. Cheap: no nodes are read. */
  findFinal(params: { readonly runIds: readonly string[] }): Promise<FinalRuns>;
  /** Runs without their nodes, newest first. */
  listRuns(params: ListRunsParams): Promise<RunPage>;

  /** The workers of the fleet: those alive, and those whose lease has just ended. */
  listWorkers(params: ListWorkersParams): Promise<WorkerList>;
  /** How many due runs of its queue and these workflows have a better rank than this one, which waits, too; `limit` at most. */
  countBefore(params: CountBeforeParams): Promise<number>;

  /**
   * Deletes one batch of runs that ended long enough ago, with all that belongs to them; see `DeleteRunsParams`. A run that was
   * retried is no longer over, and stays. Its idempotency key is free from then on.
   */
  deleteRuns(params: DeleteRunsParams): Promise<DeletedRuns>;
  /** Asks for the fleet's next cleanup, which one live worker gets. */
  beginCleanup(params: BeginCleanupParams): Promise<CleanupTurn>;
}

/** `not-final`: the run's status did not allow a retry; `status` says which it has. */
export type RetryRunResult =
  | { readonly kind: 'retried'; readonly generation: number }
  | { readonly kind: 'refused'; readonly status: StoredRun['status'] }
  | { readonly kind: 'unknown' };

export interface FinalRuns {
  readonly final: readonly FinalRun[];
  readonly unknown: readonly string[];
}

/** How a run ended; values are encoded. */
export interface FinalRun {
  readonly id: string;
  readonly workflow: string;
  readonly status: FinalRunStatus;
  readonly output?: string | undefined;
  readonly error?: string | undefined;
  readonly cancelReason?: string | undefined;
}
