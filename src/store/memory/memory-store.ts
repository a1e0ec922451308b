import type { Clock } from '../../core/clock';
import { isFinalRunStatus } from '../../core/statuses';
import { isDueSoon } from '../create-run';
import type { CreatedRun, CreateRunParams } from '../create-run';
import type { BeginCleanupParams, CleanupTurn, DeletedRuns, DeleteRunsParams } from '../delete-runs';
import { HintEmitter } from '../hint-emitter';
import type { RecordParams, RecordResult } from '../record';
import type { RetryRunParams } from '../retry-run';
import type { FinalRun, FinalRuns, RetryRunResult, Store } from '../store';
import type { HintListener } from '../store-hint';
import type { CountBeforeParams, ListWorkersParams, WorkerList } from '../list-workers';
import type { Contests, FindContestsParams, LeaseSlotsParams, LeaseSlotsResult, ReturnSlotsParams } from '../slots';
import type { FindSlotsParams, SlotUse } from '../slots';
import type { ListRunsParams, RunPage, StoredRun } from '../stored-run';
import type { PollParams, PollResult, RegisterWorkerParams } from '../worker-lease';
import { requestCancel } from './cancel-run';
import { createRun, refuseManager } from './create-run';
import { beginCleanup, deleteRuns } from './delete-runs';
import { listRuns } from './list-runs';
import { countBefore, listWorkers, registerWorker } from './list-workers';
import { MemoryChildren, tellFamily } from './memory-children';
import { MemoryDispatches } from './memory-dispatches';
import { MemoryFeed } from './memory-feed';
import { MemoryGraphs } from './memory-graphs';
import { MemoryHeldRuns } from './memory-held-runs';
import { MemoryQueues } from './memory-queues';
import { MemoryReuses } from './memory-reuses';
import { MemorySchedules } from './memory-schedules';
import { MemorySignals } from './memory-signals';
import { moveRun, toStoredNodes, toStoredRun } from './memory-run';
import type { MemoryTables } from './memory-run';
import { poll } from './poll';
import { record } from './record';
import { retryRun } from './retry-run';
import { SlotTable } from './slot-table';

const MAX_FINAL_RUNS = 10_000;

/**
 * A store in this process's memory, on a clock of the caller's choice: for tests, and for runs that need not survive. The
 * verbs mean what they mean in SQL; each is one synchronous step, so that nothing can come in between.
 */
export class MemoryStore implements Store {
  readonly kind = 'memory';
  readonly dispatches: MemoryDispatches;
  readonly reuses: MemoryReuses;
  readonly graphs = new MemoryGraphs();
  readonly signals: MemorySignals;
  readonly children: MemoryChildren;
  readonly schedules: MemorySchedules;
  readonly feed: MemoryFeed;
  readonly held: MemoryHeldRuns;
  readonly queues: MemoryQueues;
  readonly listening = 'off';
  readonly #hints = new HintEmitter();
  readonly #tables: MemoryTables;
  readonly #slots: SlotTable;

  /** @param maxFinal how many runs that are over are kept: an application that stays on this store must not grow for ever */
  constructor(clock: Clock, maxFinal = MAX_FINAL_RUNS) {
    let seq = 0;
    this.#slots = new SlotTable(() => clock.now());
    this.#tables = {
      runs: new Map(),
      claimable: new Set(),
      owned: new Map(),
      called: new Set(),
      workers: new Map(),
      final: new Array<string | undefined>(maxFinal).fill(undefined),
      ended: 0,
      cleanedAt: undefined,
      keys: new Map(),
      now: () => clock.now(),
      nextSeq: () => (seq += 1),
    };
    this.dispatches = new MemoryDispatches(this.#tables, this.#hints);
    this.reuses = new MemoryReuses(this.#tables, this.#hints);
    this.signals = new MemorySignals(this.#tables, this.#hints);
    this.children = new MemoryChildren(this.#tables, this.#hints);
    this.schedules = new MemorySchedules(this.#tables, this.#hints);
    this.feed = new MemoryFeed(this.#tables);
    this.held = new MemoryHeldRuns(this.#tables, this.#hints);
    this.queues = new MemoryQueues(this.#tables);
  }

  subscribe(listener: HintListener): () => void {
    return this.#hints.subscribe(listener);
  }

  /** Has the workers of this process poll. The test runner asks for it before its clock moves: they then know what is due next. */
  look(): void {
    this.#hints.look();
  }

  async open(): Promise<void> {
    // There is nothing to connect to.
  }

  async close(): Promise<void> {
    // What is kept is still readable, as long as somebody holds the store.
  }

  async createRun(params: CreateRunParams): Promise<CreatedRun> {
    refuseManager(params);
    const created = createRun(this.#tables, params);
    if (created.kind === 'created' && !created.owned && isDueSoon(params, this.#tables.now()))
      this.#hints.work(params.queue);
    return created;
  }

  async registerWorker(params: RegisterWorkerParams): Promise<void> {
    registerWorker(this.#tables, params);
  }

  async deregisterWorker({ workerId }: { readonly workerId: string }): Promise<void> {
    this.dispatches.releaseAll(workerId);
    for (const run of [...(this.#tables.owned.get(workerId) ?? [])]) {
      moveRun(this.#tables, run, 'PENDING');
      run.epoch += 1;
      run.wakeAt = this.#tables.now();
      this.#hints.work(run.queue);
    }
    this.#tables.owned.delete(workerId);
    this.#tables.workers.delete(workerId);
    this.#slots.forget(workerId);
  }

  async poll(params: PollParams): Promise<PollResult> {
    return poll(this.#tables, params);
  }

  async leaseSlots({ workerId, turn, demands }: LeaseSlotsParams): Promise<LeaseSlotsResult> {
    if (!this.#tables.owned.has(workerId)) return { kind: 'dead' };
    return { kind: 'leased', slots: demands.flatMap((demand) => this.#slots.lease(workerId, turn, demand) ?? []) };
  }

  async returnSlots({ workerId, turn, slots }: ReturnSlotsParams): Promise<void> {
    for (const { key, keep } of slots) this.#slots.giveBack(workerId, turn, key, keep);
  }

  async findContests({ workerId, keys }: FindContestsParams): Promise<Contests> {
    return this.#slots.contests(workerId, keys);
  }

  async findSlots({ keys }: FindSlotsParams): Promise<readonly SlotUse[]> {
    return keys.flatMap((key) => this.#slots.use(key) ?? []);
  }

  async record(params: RecordParams): Promise<RecordResult> {
    const recorded = record(this.#tables, params);
    const run = params.run?.kind === 'finish' ? this.#tables.runs.get(params.runId) : undefined;
    if (run !== undefined && recorded.kind === 'recorded' && recorded.applied)
      tellFamily(this.#tables, this.#hints, run);
    if (params.run?.kind === 'release' && recorded.kind === 'recorded') this.#hints.look();
    return recorded;
  }

  async requestCancel(params: {
    readonly runId: string;
    readonly reason?: string | undefined;
  }): Promise<'accepted' | 'final' | 'unknown'> {
    const answer = requestCancel(this.#tables, params);
    const run = this.#tables.runs.get(params.runId);
    if (answer === 'accepted' && (run?.status === 'WAITING' || run?.status === 'PENDING')) this.#hints.work(run.queue);
    if (answer === 'accepted' && run?.owner !== undefined) this.#hints.attention(run.owner);
    return answer;
  }

  async retryRun(params: RetryRunParams): Promise<RetryRunResult> {
    const result = retryRun(this.#tables, params);
    const run = this.#tables.runs.get(params.runId);
    if (result.kind === 'retried' && run !== undefined) this.#hints.work(run.queue);
    return result;
  }

  async findRun({ runId }: { readonly runId: string }): Promise<StoredRun | undefined> {
    const run = this.#tables.runs.get(runId);
    if (run === undefined) return undefined;
    const stored = toStoredRun(run, toStoredNodes(run));
    if (isFinalRunStatus(run.status) || run.calls.size === 0) return stored;
    return { ...stored, calls: await this.dispatches.list({ runId }) };
  }

  async findFinal({ runIds }: { readonly runIds: readonly string[] }): Promise<FinalRuns> {
    const final: FinalRun[] = [];
    const unknown: string[] = [];
    for (const id of runIds) {
      const run = this.#tables.runs.get(id);
      if (run === undefined) unknown.push(id);
      else if (isFinalRunStatus(run.status)) {
        const { workflow, status, output, error, cancelReason } = run;
        final.push({ id, workflow, status, output, error, cancelReason });
      }
    }
    return { final, unknown };
  }

  async listRuns(params: ListRunsParams): Promise<RunPage> {
    return listRuns(this.#tables, params);
  }

  async listWorkers(_params: ListWorkersParams): Promise<WorkerList> {
    return listWorkers(this.#tables);
  }

  async countBefore(params: CountBeforeParams): Promise<number> {
    return countBefore(this.#tables, params);
  }

  async deleteRuns(params: DeleteRunsParams): Promise<DeletedRuns> {
    return deleteRuns(this.#tables, params);
  }

  async beginCleanup(params: BeginCleanupParams): Promise<CleanupTurn> {
    return beginCleanup(this.#tables, params);
  }
}
