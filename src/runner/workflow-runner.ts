import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { decode } from '../core/codec/decode';
import { parseDuration } from '../core/durations';
import {
  NoWorkerError,
  RunCancelledError,
  RunFailedError,
  RunNotFoundError,
  RunNotRetryableError,
  RunnerClosedError,
} from '../core/errors/run-errors';
import { UuidV7Generator } from '../core/ids';
import type { TypeflowLogger } from '../core/logger';
import { storableText } from '../core/storable-text';
import type { FlowInput, FlowName, FlowOutput, WorkflowRef } from '../decorators/workflow-types';
import type { ContainerAdapter } from '../di/container-adapter';
import { TsyringeAdapter } from '../di/tsyringe-adapter';
import type { WorkflowGraph } from '../graph/workflow-graph';
import { createStore } from '../store/open-store';
import type { Store } from '../store/store';
import { closeOnSignals } from './close-on-signals';
import { defaultLogger } from './default-logger';
import { DefinitionRegistry } from './definition-registry';
import { downstreamOf } from './downstream';
import type { ListOptions, RunList } from './list-runs';
import { journalLimits } from './journal-options';
import { listRuns } from './list-runs';
import { explain } from './explain/explain';
import { explainWaiting } from './explain/explain-waiting';
import type { Explanation } from './explain/explanation';
import { listWorkers } from './list-workers';
import type { WorkerRecord } from './list-workers';
import { queueLimits } from './queue-options';
import type { QueueLimits } from './slot-needs';
import { RunHandle } from './run-handle';
import { toRunRecord } from './run-record';
import type { RunRecord } from './run-record';
import { RunWaiters } from './run-waiters';
import { cleanUp } from './retention/clean-up';
import type { CleanupResult } from './retention/clean-up';
import { cleanupRule } from './retention/retention-options';
import type { CleanupOptions } from './retention/retention-options';
import { createRetention } from './retention/create-retention';
import type { RetentionSchedule } from './retention/retention-schedule';
import type { RunnerOptions } from './runner-options';
import { safeLogger } from './safe-logger';
import type { ResultOptions, StartOptions } from './start-options';
import { startRun } from './start-run';
import type { StartedRun } from './start-run';
import { systemClock } from './system-clock';
import { warnOfUnsupported } from './unsupported-options';
import { Worker } from './worker';
import type { WorkerHealth } from './worker-health';
import { workerSettings } from './worker-options';

/** The input of a flow as a parameter: left out where the flow takes none. */
export type StartArgs<W extends WorkflowRef, F extends FlowName<W>, Options> =
  undefined extends FlowInput<W, F>
    ? [input?: FlowInput<W, F>, options?: Options]
    : [input: FlowInput<W, F>, options?: Options];

/** Longer reasons of a cancel are cut: they are for people. */
const MAX_REASON_LENGTH = 1_000;

/** Closing takes at most 5 s after `drain` in the worker, and 3 s in the store. */
const EXIT_AFTER_DRAIN_MS = 15_000;

const DEFAULT_DATABASE = 'pglite:.typeflow';
const DEFAULT_MAX_VALUE_BYTES = 4 * 1024 * 1024;

/**
 * Starts, executes and inspects runs.
 *
 * @example
 * const runner = await WorkflowRunner.create({ workflows: [OrderWorkflow], database: 'postgres://…' });
 * const receipt = await runner.run(OrderWorkflow, 'main', order);
 * await runner.close();
 */
export class WorkflowRunner {
  readonly #store: Store;
  readonly #registry: DefinitionRegistry;
  readonly #container: ContainerAdapter;
  readonly #logger: TypeflowLogger;
  readonly #worker: Worker | undefined;
  readonly #waiters: RunWaiters;
  readonly #retention: RetentionSchedule | undefined;
  readonly #closed = new AbortController();
  readonly #maxValueBytes: number;
  readonly #queueLimits: QueueLimits;
  readonly #ids = new UuidV7Generator();
  /** Runs retried here: what a handle from before knows of their end is out of date. */
  readonly #retried = new Set<string>();
  #closing: Promise<void> | undefined;
  #ignoreSignals: (() => void) | undefined;

  private constructor(store: Store, registry: DefinitionRegistry, container: ContainerAdapter, options: RunnerOptions) {
    this.#store = store;
    this.#registry = registry;
    this.#container = container;
    this.#logger = safeLogger(options.logger ?? defaultLogger);
    this.#maxValueBytes = options.maxValueBytes ?? DEFAULT_MAX_VALUE_BYTES;
    this.#queueLimits = queueLimits(options.queues);
    this.#worker = options.worker === false ? undefined : this.#createWorker(options);
    this.#waiters = new RunWaiters(store, systemClock, (runId) => this.#worker?.isExecuting(runId) === true);
    this.#retention = createRetention(options.retention, this.#worker, {
      store,
      clock: systemClock,
      logger: this.#logger,
    });
  }

  /**
   * Checks the workflows, connects and migrates the database, registers the runner in the container and starts its worker.
   *
   * @throws DefinitionError with everything that is wrong with a workflow, before the database is touched; ConfigurationError;
   *   DatabaseUnreachableError within 10 s; FolderLockedError; SchemaTooNewError
   */
  static async create(options: RunnerOptions): Promise<WorkflowRunner> {
    const registry = new DefinitionRegistry(options.workflows);
    const container = new TsyringeAdapter(options.container);
    for (const target of registry.classes) container.check(target);
    warnOfUnsupported(registry, safeLogger(options.logger ?? defaultLogger));
    const database = options.database ?? process.env['TYPEFLOW_DATABASE'] ?? DEFAULT_DATABASE;
    const { schema, migrate, listen, notify, pooler } = options;
    const journal = journalLimits(options.journal);
    const store = createStore(database, { clock: systemClock, schema, migrate, listen, notify, pooler, journal });
    const runner = new WorkflowRunner(store, registry, container, options);
    container.register(WorkflowRunner, runner);
    // Before the worker takes its first run: a signal must not find it without anybody who listens.
    runner.#closeOnSignals(options.signals ?? []);
    try {
      await store.open();
      await runner.#worker?.start();
      runner.#retention?.start();
    } catch (error) {
      runner.#ignoreSignals?.();
      container.unregister(WorkflowRunner);
      await store.close().catch(() => undefined);
      throw error;
    }
    return runner;
  }

  #createWorker(options: RunnerOptions): Worker {
    return new Worker({
      store: this.#store,
      registry: this.#registry,
      container: this.#container,
      logger: this.#logger,
      environment: {
        clock: systemClock,
        isSystemClock: true,
        logger: this.#logger,
        random: Math.random,
        maxValueBytes: this.#maxValueBytes,
      },
      settings: workerSettings(
        options.worker === false ? {} : (options.worker ?? {}),
        this.#registry.namedQueues,
        this.#queueLimits,
      ),
      newId: () => this.#ids.next(systemClock.now(), randomUUID()),
      label: `${hostname()}:${process.pid}`,
      onEnd: (run, end) =>
        end.kind === 'finished' ? this.#waiters.settle(run.id, end.result) : this.#waiters.left(run.id),
    });
  }

  /**
   * Starts a run and waits for its result. A client says after 5 s why there is none yet: perhaps no worker serves the run.
   *
   * @throws what `start` throws, and what `RunHandle.result` throws
   */
  async run<W extends WorkflowRef, F extends FlowName<W>>(
    workflow: W,
    flow: F,
    ...[input, options = {}]: StartArgs<W, F, StartOptions & ResultOptions>
  ): Promise<FlowOutput<W, F>> {
    const { id, ended } = await this.#start(workflow, flow, input, options);
    const log = { clock: systemClock, logger: this.#logger };
    const notice = this.#worker === undefined ? explainWaiting(log, id, () => this.explain(id)) : undefined;
    try {
      return (await this.#awaitOutput(id, options, ended)) as FlowOutput<W, F>;
    } finally {
      notice?.cancel();
    }
  }

  /**
   * Starts a run, or finds the one with the same idempotency key. Resolves once the run is durable.
   *
   * @throws NotAFlowError, FlowNotFoundError, WorkflowNotRegisteredError; ValueNotStorableError for an input that cannot be
   *   stored; IdempotencyConflictError; NoWorkerError where nobody could ever execute the run; ArgumentError; RunnerClosedError
   */
  async start<W extends WorkflowRef, F extends FlowName<W>>(
    workflow: W,
    flow: F,
    ...[input, options = {}]: StartArgs<W, F, StartOptions>
  ): Promise<RunHandle<FlowOutput<W, F>>> {
    const { id, ended } = await this.#start(workflow, flow, input, options);
    return this.#handle({ id, workflow: this.#registry.require(workflow).graph.name, flow }, ended);
  }

  async #start(workflow: WorkflowRef, flow: string, input: unknown, options: StartOptions): Promise<StartedRun> {
    this.#ensureOpen('start');
    const graph = this.#registry.requireFlow(this.#registry.require(workflow), flow);
    if (this.#worker === undefined && this.#store.kind !== 'postgres') throw new NoWorkerError(`${this.#store.kind}:`);
    const worker = this.#worker;
    const now = (): number => worker?.storeNow() ?? systemClock.now();
    return startRun(
      { store: this.#store, worker, maxValueBytes: this.#maxValueBytes, ids: this.#ids, now },
      graph,
      input,
      options,
    );
  }

  /** One run with its nodes, or `undefined`. */
  async get(runId: string): Promise<RunRecord | undefined> {
    this.#ensureOpen('get');
    const run = await this.#store.findRun({ runId });
    return run && toRunRecord(run, this.#registry.byName(run.workflow)?.graph.flows.get(run.flow));
  }

  /** A page of runs, newest first, without their nodes. @throws ArgumentError for a bad filter or cursor */
  async list(options: ListOptions = {}): Promise<RunList> {
    this.#ensureOpen('list');
    return listRuns(this.#store, options);
  }

  /**
   * Why a run, and each of its nodes that is not COMPLETED, is not running now; with `task`, that node alone. In sentences, and as
   * data with stable codes. It needs no worker, and not the workflow's code either, though it can tell more with it.
   *
   * @example console.log(String(await runner.explain(runId)));
   *   // run 0190… of orders.main is PENDING: no worker serves this: none of the 2 live workers takes queue "gpu"
   * @throws RunNotFoundError; ArgumentError when `task` is no node of the flow
   */
  async explain(runId: string, task?: string): Promise<Explanation> {
    this.#ensureOpen('explain');
    return explain({ store: this.#store, registry: this.#registry, queueLimits: this.#queueLimits }, runId, task);
  }

  /** The live workers of the fleet, in the order of their registration: whoever polled within their lease. */
  async workers(): Promise<readonly WorkerRecord[]> {
    this.#ensureOpen('workers');
    return listWorkers(this.#store);
  }

  /**
   * Asks for a run to be cancelled: `true` once that is durable (its owner then stops it), `false` if the run is already over.
   *
   * @throws RunNotFoundError
   */
  async cancel(runId: string, reason?: string): Promise<boolean> {
    this.#ensureOpen('cancel');
    const because = reason === undefined ? undefined : storableText(reason, MAX_REASON_LENGTH);
    const answer = await this.#store.requestCancel({ runId, reason: because });
    if (answer === 'unknown') throw new RunNotFoundError(runId);
    if (answer === 'final') return false;
    this.#worker?.cancel(runId, because);
    return true;
  }

  /**
   * Puts a FAILED or CANCELLED run back to work, under its id: everything not COMPLETED runs again, and with `from` that task and
   * all downstream of it. It starts at once.
   *
   * @throws RunNotRetryableError for a run of another status; RunNotFoundError; ArgumentError when `from` is no node of the flow
   */
  async retry(runId: string, options: { readonly from?: string } = {}): Promise<RunHandle<unknown>> {
    this.#ensureOpen('retry');
    const run = await this.#store.findRun({ runId });
    if (run === undefined) throw new RunNotFoundError(runId);
    const definition = this.#registry.requireByName(run.workflow);
    const flow = this.#registry.requireFlow(definition, run.flow);
    const reset = options.from === undefined ? [] : downstreamOf(flow, options.from);
    const result = await this.#store.retryRun({ runId, reset });
    if (result.kind === 'unknown') throw new RunNotFoundError(runId);
    if (result.kind === 'refused') throw new RunNotRetryableError(runId, result.status);
    this.#retried.add(runId);
    this.#worker?.nudge();
    return this.#handle({ id: runId, workflow: run.workflow, flow: run.flow });
  }

  /**
   * Deletes runs that ended long enough ago, with all that belongs to them, in batches with pauses in between. Their idempotency
   * keys are free from then on. Runs that are not over are never deleted.
   *
   * @example await runner.cleanup({ olderThan: '30d', status: 'COMPLETED' }); // { deleted: 1204, isComplete: true }
   * @throws ArgumentError for a bad duration, status or size
   */
  async cleanup(options: CleanupOptions): Promise<CleanupResult> {
    this.#ensureOpen('cleanup');
    const signals = options.signal === undefined ? [] : [options.signal];
    return cleanUp(this.#store, systemClock, cleanupRule(options), AbortSignal.any([this.#closed.signal, ...signals]));
  }

  /** The validated graph of a workflow; `toMermaid` draws it. */
  graph(workflow: WorkflowRef): WorkflowGraph {
    return this.#registry.require(workflow).graph;
  }

  /** How this process' worker is doing; `undefined` for a client. */
  get health(): WorkerHealth | undefined {
    return this.#worker?.health;
  }

  /**
   * Takes nothing new, lets running attempts finish within the worker's `drain`, gives unfinished runs back and disconnects.
   * Results still awaited in this process reject with `RunnerClosedError`. May be called more than once.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#closed.abort();
    this.#retention?.close();
    try {
      await this.#worker?.close();
    } finally {
      this.#ignoreSignals?.();
      this.#waiters.close();
      this.#container.unregister(WorkflowRunner);
      await this.#store.close();
    }
  }

  #closeOnSignals(signals: readonly NodeJS.Signals[]): void {
    this.#ignoreSignals = closeOnSignals({
      signals,
      close: () => this.close(),
      limitMs: (this.#worker?.drainMs ?? 0) + EXIT_AFTER_DRAIN_MS,
      clock: systemClock,
      logger: this.#logger,
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #awaitOutput(runId: string, { signal, timeout }: ResultOptions, ended?: StartedRun['ended']): Promise<unknown> {
    this.#ensureOpen('result');
    const timeoutMs = timeout === undefined ? undefined : parseDuration(timeout, { what: 'result.timeout' });
    const result = await this.#waiters.wait(runId, {
      signal,
      timeoutMs,
      ended: this.#retried.has(runId) ? undefined : ended,
    });
    if (result.status === 'COMPLETED') return decode(result.output);
    if (result.status === 'CANCELLED') throw new RunCancelledError(runId, result.reason);
    throw new RunFailedError(runId, result.task, { cause: result.cause, workflow: result.workflow });
  }

  #handle<Output>(
    run: { readonly id: string; readonly workflow: string; readonly flow: string },
    ended?: StartedRun['ended'],
  ): RunHandle<Output> {
    return new RunHandle<Output>(
      {
        awaitOutput: (runId, options) => this.#awaitOutput(runId, options, ended),
        get: (runId) => this.get(runId),
        cancel: (runId, reason) => this.cancel(runId, reason),
      },
      run,
    );
  }

  #ensureOpen(doing: string): void {
    if (this.#closing !== undefined) throw new RunnerClosedError(doing);
  }
}
