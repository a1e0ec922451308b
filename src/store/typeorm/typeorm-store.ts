import type { DataSource, EntityManager } from 'typeorm';
import type { Clock, Timer } from '../../core/clock';
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
import { GroupCommit } from './group-commit';
import type { HeldRunTable } from './held-run-table';
import { StoreHints } from './hints/store-hints';
import { migrateSchema } from './migrations/migrate';
import { setSchemaOf } from './migrations/schema-of';
import { beginCleanup, deleteRuns } from './delete-runs';
import { toWorkerList } from './list-workers';
import type { WorkerRow } from './list-workers';
import { pollRuns } from './poll-runs';
import { PooledQuery } from './pooled-query';
import type { Query } from './query';
import type { QueueTable } from './queue-table';
import { Resender } from './resender';
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
  /** Whether hot statements are prepared under names. */
  readonly prepare: boolean;
}

/** A poll may take as long as its lease, and at least this, ms: after that its connection is not to be trusted. */
const MIN_POLL_TIMEOUT_MS = 5_000;

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
  readonly #pooled: PooledQuery;
  readonly #hints: StoreHints;
  readonly #resender: Resender;
  #isReadCommitted = true;
  #isClosed = false;

  constructor(connection: Connection, options: TypeormStoreOptions) {
    this.kind = connection.kind;
    this.#connection = connection;
    this.#options = options;
    this.#sql = buildStatements(options.schema);
    this.#pooled = new PooledQuery(connection.dataSource, options.prepare ? statementNames(this.#sql) : new Map());
    this.#resender = new Resender(options);
    this.#hints = new StoreHints(connection, options);
    const shared = { clock: options.clock, limits: options.journal, classify: classifyDatabaseError };
    this.#records = new GroupCommit({
      ...shared,
      write: (batch, again) => writeRecords(this.#query, this.#sql, batch, again),
      keyOf: (params) => params.runId,
      sizeOf: sizeOfRecord,
      toError: (error) => toStoreError('recording results', error),
    });
    this.#creates = new GroupCommit({
      ...shared,
      write: (batch, again) => writeRuns(this.#query, this.#sql, batch, again),
      keyOf: (params) => params.id,
      sizeOf: sizeOfRun,
      toError: (error) => toStoreError('creating runs', error),
    });
    const tables = createTables({
      connection,
      clock: options.clock,
      sql: this.#sql,
      query: this.#query,
      resender: this.#resender,
      hints: this.#hints,
      send: (doing, sql, values, onRepeat) => this.#send(doing, sql, values, onRepeat),
      sendOnce: (doing, sql, values) => this.#sendOnce(doing, sql, values),
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
      const [row] = await this.#query<{ level: string }>(
        `SELECT current_setting('transaction_isolation') AS level`,
        [],
      );
      this.#isReadCommitted = row?.level === 'read committed';
      if (this.kind === 'pglite') {
        await this.#query(this.#sql.reapAll, []);
        await this.#query(this.#sql.wipeSlots, []);
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
    this.#resender.close();
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
    await this.#send('registering a worker', this.#sql.registerWorker, [
      params.workerId,
      params.label,
      params.queues,
      this.#leaseOf(params),
      params.workflows,
    ]);
    this.#hints.ownWorkers.workerCame(params.workerId);
    await this.#send('sweeping slots', this.#sql.sweepSlots, []);
    await this.dispatches.sweep();
  }

  async deregisterWorker({ workerId }: { readonly workerId: string }): Promise<void> {
    await this.dispatches.releaseAll(workerId);
    await this.#send('ending a lease', this.#sql.endLease, [workerId]);
    const released = await this.#send<{ queue: string }>('releasing runs', this.#sql.releaseOwned, [workerId]);
    this.#hints.ownWorkers.workerLeft(workerId);
    for (const { queue } of released) this.#hints.tell.work(queue);
  }

  async poll(params: PollParams): Promise<PollResult> {
    try {
      const leaseMs = this.#leaseOf(params);
      const poll = this.#resender.once(() => pollRuns(this.#query, this.#sql, params, leaseMs));
      return await (leaseMs === null ? poll : this.#answerWithin(Math.max(MIN_POLL_TIMEOUT_MS, leaseMs), poll));
    } catch (error) {
      throw toStoreError('polling', error);
    }
  }

  /** Not again after a lost answer: what is sent then must have a higher turn, which only the caller can give it. */
  async leaseSlots(params: LeaseSlotsParams): Promise<LeaseSlotsResult> {
    return toLeased(await this.#sendOnce<LeaseRow>('leasing slots', this.#sql.leaseSlots, leaseValues(params)));
  }

  /** Not again, for the same reason. */
  async returnSlots(params: ReturnSlotsParams): Promise<void> {
    await this.#sendOnce('returning slots', this.#sql.returnSlots, returnValues(params));
  }

  async findContests(params: FindContestsParams): Promise<Contests> {
    return toContests(await this.#send<ContestRow>('watching slots', this.#sql.findContests, contestValues(params)));
  }

  async findSlots({ keys }: FindSlotsParams): Promise<readonly SlotUse[]> {
    return toSlotUses(await this.#send<SlotUseRow>('reading slots', this.#sql.findSlots, [keys]));
  }

  async requestCancel(params: CancelParams): Promise<'accepted' | 'final' | 'unknown'> {
    return isUuid(params.runId) ? requestCancel(this.#sender('cancelling a run'), params) : 'unknown';
  }

  async retryRun(params: RetryRunParams): Promise<RetryRunResult> {
    return isUuid(params.runId) ? retryRun(this.#sender('retrying a run'), params) : { kind: 'unknown' };
  }

  async findRun({ runId }: { readonly runId: string }): Promise<StoredRun | undefined> {
    // What is no UUID is no run's id; PostgreSQL would call it an error.
    if (!isUuid(runId)) return undefined;
    // The run first: if it is final, the nodes read after it are all there are.
    const [run] = await this.#send<RunRow>('reading a run', this.#sql.findRun, [runId]);
    if (run === undefined) return undefined;
    // Calls before nodes: one that is removed in between has its record by then.
    const calls = isFinalRunStatus(run.status) ? [] : await this.dispatches.list({ runId });
    const nodes = await this.#send<NodeRow>('reading a run', this.#sql.findNodes, [[runId]]);
    const flow = flowWithinRun(run);
    const stored = toStoredRun(run, [...nodes.map(toStoredNode), ...(flow === undefined ? [] : [flow])]);
    return calls.length === 0 ? stored : { ...stored, calls };
  }

  async findFinal({ runIds }: { readonly runIds: readonly string[] }): Promise<FinalRuns> {
    const rows = await this.#send<FinalRow>('reading results', this.#sql.findFinal, [runIds.filter(isUuid)]);
    return toFinalRuns(rows, runIds);
  }

  async listRuns(params: ListRunsParams): Promise<RunPage> {
    const { sql, values } = listRunsSql(this.#sql.schema, params);
    const rows = await this.#send<RunRow>('listing runs', sql, values);
    const items = rows.slice(0, params.limit).map((row) => toStoredRun(row, []));
    return { items, hasMore: rows.length > params.limit };
  }

  async listWorkers({ include = [] }: ListWorkersParams): Promise<WorkerList> {
    return toWorkerList(
      await this.#send<WorkerRow>('listing workers', this.#sql.listWorkers, [include.filter(isUuid)]),
    );
  }

  async countBefore({ runId, workflows, limit }: CountBeforeParams): Promise<number> {
    if (!isUuid(runId)) return 0;
    const [row] = await this.#send<{ before: number }>('counting runs', this.#sql.countBefore, [
      runId,
      workflows,
      limit,
    ]);
    return row?.before ?? 0;
  }

  async deleteRuns(params: DeleteRunsParams): Promise<DeletedRuns> {
    return deleteRuns((sql, values) => this.#send('deleting old runs', sql, values), this.#sql, params);
  }

  async beginCleanup(params: BeginCleanupParams): Promise<CleanupTurn> {
    return beginCleanup((sql, values) => this.#send('beginning a cleanup', sql, values), this.#sql, params);
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

  #sender(doing: string): ChangeSender {
    return {
      send: (sql, values, onRepeat) => this.#send(doing, sql, values, onRepeat),
      sql: this.#sql,
      tell: this.#hints.tell,
    };
  }

  /** For statements that may take effect twice. @param onRepeat called when one is sent that may have taken effect before */
  async #send<Row>(
    doing: string,
    sql: string,
    values: readonly unknown[],
    onRepeat?: () => void,
  ): Promise<readonly Row[]> {
    try {
      return await this.#resender.repeat((again) => {
        if (again) onRepeat?.();
        return this.#query<Row>(sql, values);
      });
    } catch (error) {
      throw toStoreError(doing, error);
    }
  }

  async #sendOnce<Row>(doing: string, sql: string, values: readonly unknown[]): Promise<readonly Row[]> {
    try {
      const answer = this.#resender.once(() => this.#query<Row>(sql, values));
      return await (this.kind === 'postgres' ? this.#answerWithin(MIN_POLL_TIMEOUT_MS, answer) : answer);
    } catch (error) {
      throw toStoreError(doing, error);
    }
  }

  /** The connection of what takes longer is half open: it is given up, and with it all that were silent meanwhile. */
  async #answerWithin<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
    const { clock } = this.#options;
    const sentAt = clock.monotonic();
    let timer: Timer | undefined;
    const silence = new Promise<never>((_resolve, reject) => {
      timer = clock.setTimer(timeoutMs, () => {
        this.#connection.distrust?.(sentAt);
        reject(new Error(`timeout: no answer within ${timeoutMs} ms`));
      });
    });
    return Promise.race([promise, silence]).finally(() => timer?.cancel());
  }

  readonly #query: Query = async (sql, values) => {
    this.#connection.assertFree();
    const { exclusive } = this.transactions;
    if (exclusive !== undefined) return exclusive.share(() => this.#pooled.send(sql, values));
    if (this.#isReadCommitted) return this.#pooled.send(sql, values);
    // The user's own DataSource, on a database whose default is stricter: the statements are right at READ COMMITTED only.
    return this.dataSource.transaction('READ COMMITTED', (manager) => manager.query(sql, [...values]));
  };
}
