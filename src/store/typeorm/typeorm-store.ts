import type { DataSource, EntityManager } from 'typeorm';
import type { Clock } from '../../core/clock';
import { RunnerClosedError } from '../../core/errors/run-errors';
import { isUuid } from '../../core/ids';
import { isFinalRunStatus } from '../../core/statuses';
import { isDueSoon } from '../create-run';
import type { CreatedRun, CreateRunParams } from '../create-run';
import type { BeginCleanupParams, CleanupTurn, DeletedRuns, DeleteRunsParams } from '../delete-runs';
import type { RecordParams, RecordResult } from '../record';
import type { RetryRunParams } from '../retry-run';
import type { JournalLimits } from '../journal-limits';
import type { FinalRuns, RetryRunResult, Store } from '../store';
import type { HintListener, Listening } from '../store-hint';
import type { CountBeforeParams, ListWorkersParams, WorkerList } from '../list-workers';
import type { Contests, FindContestsParams, LeaseSlotsParams, LeaseSlotsResult, ReturnSlotsParams } from '../slots';
import type { FindSlotsParams, SlotUse } from '../slots';
import type { ListRunsParams, RunPage, StoredRun } from '../stored-run';
import type { PollParams, PollResult, RegisterWorkerParams } from '../worker-lease';
import { requestCancel, retryRun } from './change-runs';
import type { CancelParams, ChangeSender } from './change-runs';
import type { ChildRuns } from './child-runs';
import type { Connection } from './connections/connection';
import { classifyDatabaseError, toStoreError } from './database-errors';
import type { DispatchTable } from './dispatch-table';
import type { GraphTable } from './graph-table';
import { GroupCommit, told } from './group-commit';
import type { HeldRunTable } from './held-run-table';
import { StoreHints } from './hints/store-hints';
import { migrateSchema } from './migrations/migrate';
import { setSchemaOf } from './migrations/schema-of';
import { beginCleanup, deleteRuns } from './delete-runs';
import { toWorkerList } from './list-workers';
import type { WorkerRow } from './list-workers';
import { pollRuns } from './poll-runs';
import type { Query } from './query';
import type { QueueTable } from './queue-table';
import type { ReuseTable } from './reuse-table';
import { toFinalRuns } from './final-runs';
import type { FinalRow } from './final-runs';
import { flowWithinRun, toStoredNode, toStoredRun } from './rows';
import type { NodeRow, RunRow } from './rows';
import type { RunFeedTable } from './run-feed-table';
import type { ScheduleTable } from './schedule-table';
import type { SignalTable } from './signal-table';
import { contestValues, leaseValues, returnValues, toContests, toLeased, toSlotUses } from './slot-rows';
import type { ContestRow, LeaseRow, SlotUseRow } from './slot-rows';
import { listRunsSql } from './sql/list-runs';
import { buildStatements, statementNames } from './sql/statements';
import type { Statements } from './sql/statements';
import { MIN_ANSWER_TIMEOUT_MS, StatementSender } from './statement-sender';
import type { TransactionTable } from './transaction-table';
import { createTables } from './store-tables';
import { sizeOfRecord, writeRecords } from './write-records';
import { sizeOfRun, writeRuns } from './write-runs';

export interface TypeormStoreOptions {
  readonly schema: string;
  readonly clock: Clock;
  readonly migrate: boolean;
  readonly journal: JournalLimits;
  readonly listen: boolean;
  readonly notify: boolean;
  /** Told how many records were committed together. */
  readonly onFlush?: ((records: number) => void) | undefined;
  /** Whether hot statements are prepared under names. */
  readonly prepare: boolean;
}

/**
 * The store over a TypeORM `DataSource`: PostgreSQL, PGlite, or the user's own. Hot statements are SQL of their own files, sent
 * as single autocommit statements; entities serve the schema and reads.
 */
export class TypeormStore implements Store {
  readonly kind: Store['kind'];
  readonly dispatches: DispatchTable;
  readonly reuses: ReuseTable;
  readonly graphs: GraphTable;
  readonly transactions: TransactionTable;
  readonly signals: SignalTable;
  readonly children: ChildRuns;
  readonly schedules: ScheduleTable;
  readonly feed: RunFeedTable;
  readonly held: HeldRunTable;
  readonly queues: QueueTable;
  readonly #connection: Connection;
  readonly #options: TypeormStoreOptions;
  readonly #sql: Statements;
  readonly #records: GroupCommit<RecordParams, RecordResult>;
  readonly #creates: GroupCommit<CreateRunParams, CreatedRun>;
  readonly #hints: StoreHints;
  readonly #sender: StatementSender;
  #isClosed = false;

  constructor(connection: Connection, options: TypeormStoreOptions) {
    this.kind = connection.kind;
    this.#connection = connection;
    this.#options = options;
    this.#sql = buildStatements(options.schema);
    const { clock } = options;
    const names = options.prepare ? statementNames(this.#sql) : new Map<string, string>();
    this.#sender = new StatementSender({ connection, clock, names, exclusive: () => this.transactions.exclusive });
    const { query } = this.#sender;
    this.#hints = new StoreHints(connection, options);
    const shared = { clock, limits: options.journal, classify: classifyDatabaseError };
    this.#records = new GroupCommit({
      ...shared,
      write: told((batch, again) => writeRecords(query, this.#sql, batch, again), options.onFlush),
      keyOf: (params) => params.runId,
      sizeOf: sizeOfRecord,
      toError: (error) => toStoreError('recording results', error),
    });
    this.#creates = new GroupCommit({
      ...shared,
      write: (batch, again) => writeRuns(query, this.#sql, batch, again),
      keyOf: (params) => params.id,
      sizeOf: sizeOfRun,
      toError: (error) => toStoreError('creating runs', error),
    });
    const tables = createTables({
      connection,
      clock,
      sql: this.#sql,
      sender: this.#sender,
      hints: this.#hints,
    });
    this.dispatches = tables.dispatches;
    this.reuses = tables.reuses;
    this.graphs = tables.graphs;
    this.transactions = tables.transactions;
    this.signals = tables.signals;
    this.children = tables.children;
    this.schedules = tables.schedules;
    this.feed = tables.feed;
    this.held = tables.held;
    this.queues = tables.queues;
  }

  get listening(): Listening {
    return this.#hints.listening;
  }

  subscribe(listener: HintListener): () => void {
    return this.#hints.subscribe(listener);
  }

  /** The connection itself, for whoever joins our tables with theirs. */
  get dataSource(): DataSource {
    return this.#connection.dataSource;
  }

  async open(): Promise<void> {
    const { schema, migrate } = this.#options;
    await this.#connection.open();
    try {
      setSchemaOf(this.dataSource, schema);
      await migrateSchema(this.dataSource, { schema, migrate });
      await this.#sender.learnIsolation();
      if (this.kind === 'pglite') {
        await this.#sender.query(this.#sql.reapAll, []);
        await this.#sender.query(this.#sql.wipeSlots, []);
      }
    } catch (error) {
      await this.#connection.close();
      throw toStoreError(`opening the schema "${schema}"`, error);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const reason = new RunnerClosedError('writing to the database');
    this.#records.close(reason);
    this.#creates.close(reason);
    this.dispatches.close(reason);
    this.#sender.resender.close();
    await this.#hints.close();
    await this.#connection.close();
  }

  async createRun(params: CreateRunParams): Promise<CreatedRun> {
    if (params.manager !== undefined) return this.#createWith(params.manager as EntityManager, params);
    this.#connection.assertFree();
    const created = await this.#creates.submit(params);
    if (created.kind === 'created' && !created.owned && isDueSoon(params, this.#options.clock.now())) {
      this.#hints.tell.work(params.queue);
    }
    return created;
  }

  record(params: RecordParams): Promise<RecordResult> {
    try {
      this.#connection.assertFree();
    } catch (error) {
      return Promise.reject(error as Error);
    }
    const recorded = this.#records.submit(params);
    const concernsOthers = params.run?.kind === 'release' || params.family !== undefined;
    return concernsOthers ? this.#tellOthers(recorded) : recorded;
  }

  /** The statement does not say of which queue the run is, or who has its parent. */
  async #tellOthers(recorded: Promise<RecordResult>): Promise<RecordResult> {
    const result = await recorded;
    if (result.kind === 'recorded') this.#hints.tell.look();
    return result;
  }

  async registerWorker(params: RegisterWorkerParams): Promise<void> {
    await this.#sender.send('registering a worker', this.#sql.registerWorker, [
      params.workerId,
      params.label,
      params.queues,
      this.#leaseOf(params),
      params.workflows,
    ]);
    this.#hints.ownWorkers.workerCame(params.workerId);
    await this.#sender.send('sweeping slots', this.#sql.sweepSlots, []);
    await this.dispatches.sweep();
  }

  async deregisterWorker({ workerId }: { readonly workerId: string }): Promise<void> {
    await this.dispatches.releaseAll(workerId);
    await this.#sender.send('ending a lease', this.#sql.endLease, [workerId]);
    const released = await this.#sender.send<{ queue: string }>('releasing runs', this.#sql.releaseOwned, [workerId]);
    this.#hints.ownWorkers.workerLeft(workerId);
    for (const { queue } of released) this.#hints.tell.work(queue);
  }

  async poll(params: PollParams): Promise<PollResult> {
    try {
      const leaseMs = this.#leaseOf(params);
      const poll = this.#sender.resender.once(() => pollRuns(this.#sender.query, this.#sql, params, leaseMs));
      if (leaseMs === null) return await poll;
      return await this.#sender.answerWithin(Math.max(MIN_ANSWER_TIMEOUT_MS, leaseMs), poll);
    } catch (error) {
      throw toStoreError('polling', error);
    }
  }

  /** Not again after a lost answer: what is sent then must have a higher turn, which only the caller can give it. */
  async leaseSlots(params: LeaseSlotsParams): Promise<LeaseSlotsResult> {
    return toLeased(await this.#sender.sendOnce<LeaseRow>('leasing slots', this.#sql.leaseSlots, leaseValues(params)));
  }

  /** Not again, for the same reason. */
  async returnSlots(params: ReturnSlotsParams): Promise<void> {
    await this.#sender.sendOnce('returning slots', this.#sql.returnSlots, returnValues(params));
  }

  async findContests(params: FindContestsParams): Promise<Contests> {
    return toContests(
      await this.#sender.send<ContestRow>('watching slots', this.#sql.findContests, contestValues(params)),
    );
  }

  async findSlots({ keys }: FindSlotsParams): Promise<readonly SlotUse[]> {
    return toSlotUses(await this.#sender.send<SlotUseRow>('reading slots', this.#sql.findSlots, [keys]));
  }

  async requestCancel(params: CancelParams): Promise<'accepted' | 'final' | 'unknown'> {
    return isUuid(params.runId) ? requestCancel(this.#changing('cancelling a run'), params) : 'unknown';
  }

  async retryRun(params: RetryRunParams): Promise<RetryRunResult> {
    return isUuid(params.runId) ? retryRun(this.#changing('retrying a run'), params) : { kind: 'unknown' };
  }

  async findRun({ runId }: { readonly runId: string }): Promise<StoredRun | undefined> {
    // What is no UUID is no run's id; PostgreSQL would call it an error.
    if (!isUuid(runId)) return undefined;
    // The run first: if it is final, the nodes read after it are all there are.
    const [run] = await this.#sender.send<RunRow>('reading a run', this.#sql.findRun, [runId]);
    if (run === undefined) return undefined;
    // Calls before nodes: one that is removed in between has its record by then.
    const calls = isFinalRunStatus(run.status) ? [] : await this.dispatches.list({ runId });
    const nodes = await this.#sender.send<NodeRow>('reading a run', this.#sql.findNodes, [[runId]]);
    const flow = flowWithinRun(run);
    const stored = toStoredRun(run, [...nodes.map(toStoredNode), ...(flow === undefined ? [] : [flow])]);
    return calls.length === 0 ? stored : { ...stored, calls };
  }

  async findFinal({ runIds }: { readonly runIds: readonly string[] }): Promise<FinalRuns> {
    const rows = await this.#sender.send<FinalRow>('reading results', this.#sql.findFinal, [runIds.filter(isUuid)]);
    return toFinalRuns(rows, runIds);
  }

  async listRuns(params: ListRunsParams): Promise<RunPage> {
    const { sql, values } = listRunsSql(this.#sql.schema, params);
    const rows = await this.#sender.send<RunRow>('listing runs', sql, values);
    const items = rows.slice(0, params.limit).map((row) => toStoredRun(row, []));
    return { items, hasMore: rows.length > params.limit };
  }

  async listWorkers({ include = [] }: ListWorkersParams): Promise<WorkerList> {
    return toWorkerList(
      await this.#sender.send<WorkerRow>('listing workers', this.#sql.listWorkers, [include.filter(isUuid)]),
    );
  }

  async countBefore({ runId, workflows, limit }: CountBeforeParams): Promise<number> {
    if (!isUuid(runId)) return 0;
    const [row] = await this.#sender.send<{ before: number }>('counting runs', this.#sql.countBefore, [
      runId,
      workflows,
      limit,
    ]);
    return row?.before ?? 0;
  }

  async deleteRuns(params: DeleteRunsParams): Promise<DeletedRuns> {
    return deleteRuns((sql, values) => this.#sender.send('deleting old runs', sql, values), this.#sql, params);
  }

  async beginCleanup(params: BeginCleanupParams): Promise<CleanupTurn> {
    return beginCleanup((sql, values) => this.#sender.send('beginning a cleanup', sql, values), this.#sql, params);
  }

  /** On PGlite there is one process, whose lock file says whether it lives: leases never end. */
  #leaseOf(params: { readonly leaseMs: number }): number | null {
    return this.kind === 'postgres' ? params.leaseMs : null;
  }

  async #createWith(manager: EntityManager, params: CreateRunParams): Promise<CreatedRun> {
    const query: Query = (sql, values) => manager.query(sql, [...values]);
    try {
      const [created] = await writeRuns(query, this.#sql, [params], false);
      if (created?.kind === 'created' && isDueSoon(params, this.#options.clock.now())) {
        await this.#hints.workWithin(manager, params.queue);
      }
      return created as CreatedRun;
    } catch (error) {
      throw toStoreError('creating a run in your transaction', error);
    }
  }

  #changing(doing: string): ChangeSender {
    return {
      send: (sql, values, onRepeat) => this.#sender.send(doing, sql, values, onRepeat),
      sql: this.#sql,
      tell: this.#hints.tell,
    };
  }
}
