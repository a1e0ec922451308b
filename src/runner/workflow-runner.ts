import type { WorkflowDefinition } from '../decorators/workflow-definition';
import type { FlowName, FlowOutput, WorkflowRef } from '../decorators/workflow-types';
import type { WorkflowGraph } from '../graph/workflow-graph';
import { cancelRun, retryRun } from './change-run';
import type { RetryOptions } from './change-run';
import { affectedRuns } from './change/affected-runs';
import type { AffectedRuns } from './change/affected-runs';
import { forkRun, requireSomeWorker } from './change/fork-run';
import type { ForkOptions } from './change/fork-run';
import { toLogLine } from './events/feed-events';
import { followRun } from './events/follow-run';
import type { FollowOptions } from './events/follow-run';
import type { EventListener } from './events/local-events';
import type { FollowedEvent, LogLine } from './events/run-event';
import { getRun } from './get-run';
import { executeHeld, holdRun } from './held-runs';
import type { ExecuteOptions, HoldOptions } from './held-runs';
import type { ListOptions, RunList } from './list-runs';
import { listRuns } from './list-runs';
import { explain } from './explain/explain';
import { explainWhile } from './explain/explain-waiting';
import type { Explanation } from './explain/explanation';
import { listQueues } from './list-queues';
import type { QueueRecord } from './list-queues';
import { listWorkers } from './list-workers';
import type { WorkerRecord } from './list-workers';
import type { RunHandle } from './run-handle';
import { RunHandles } from './run-handles';
import { runTree } from './run-tree';
import type { RunTree } from './run-tree';
import type { RunRecord } from './run-record';
import { cleanUp } from './retention/clean-up';
import type { CleanupResult } from './retention/clean-up';
import { cleanupRule } from './retention/retention-options';
import type { CleanupOptions } from './retention/retention-options';
import type { RunnerOptions } from './runner-options';
import type { EngineSeams } from './engine-seams';
import type { FlowPlan } from './plan/flow-plan';
import { planFlow } from './plan/plan-flow';
import type { PlanOptions } from './plan/plan-options';
import { createParts } from './runner-parts';
import type { RunnerParts } from './runner-parts';
import { startContext, startFlow } from './start-flow';
import { RunnerLife } from './runner-life';
import type { ResultOptions, StartArgs, StartOptions } from './start-options';
import { sendSignal } from './waits/send-signal';
import type { SentAs, SignalArgs } from './waits/send-signal';
import { RunnerSchedules } from './schedules/runner-schedules';
import { ScheduleClock } from './schedules/schedule-clock';
import type { WorkerHealth } from './worker-health';

/**
 * Starts, executes and inspects runs.
 *
 * @example
 * const runner = await WorkflowRunner.create({ workflows: [OrderWorkflow], database: 'postgres://…' });
 * const receipt = await runner.run(OrderWorkflow, 'main', order);
 * await runner.close();
 */
export class WorkflowRunner {
  readonly #parts: RunnerParts;
  /** What begins by the clock: declared with flows, or set here. */
  readonly schedules: RunnerSchedules;
  readonly #life: RunnerLife;
  readonly #handles: RunHandles;
  readonly #ensureOpen = (doing: string): void => this.#life.ensureOpen(doing);

  private constructor(parts: RunnerParts) {
    this.#parts = parts;
    const scheduleClock = parts.worker === undefined ? undefined : new ScheduleClock(parts);
    this.#life = new RunnerLife(parts, scheduleClock);
    this.#handles = new RunHandles(
      parts.waiters,
      {
        get: (runId) => this.get(runId),
        cancel: (runId, reason) => this.cancel(runId, reason),
        events: (runId, options) => this.events(runId, options),
        signal: (runId, signal, payload, options) => this.signal(runId, signal, payload, options),
      },
      this.#ensureOpen,
    );
    this.schedules = new RunnerSchedules({
      parts,
      clock: () => scheduleClock,
      ensureOpen: this.#ensureOpen,
      start: async (workflow, flow, input, tags) => {
        const { id, ended } = await startFlow(parts, parts.registry.firstNamed(workflow), flow, input, { tags });
        return this.#handles.of({ id, workflow, flow }, ended);
      },
    });
  }

  /**
   * Checks the workflows, connects and migrates the database, registers the runner in the container and starts its worker.
   *
   * @throws DefinitionError with everything that is wrong with a workflow, before the database is touched; ConfigurationError;
   *   DatabaseUnreachableError within 10 s; FolderLockedError; SchemaTooNewError
   */
  static create(options: RunnerOptions): Promise<WorkflowRunner> {
    return WorkflowRunner.createWith(options);
  }

  /** @internal For the test runner, which brings a clock and a store of its own. */
  static async createWith(options: RunnerOptions, seams?: EngineSeams): Promise<WorkflowRunner> {
    const parts = createParts(options, seams);
    const runner = new WorkflowRunner(parts);
    await runner.#life.open(WorkflowRunner, runner, options.signals ?? []);
    return runner;
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
    this.#ensureOpen('run');
    const { id, ended } = await startFlow(this.#parts, workflow, flow, input, options);
    const output = this.#handles.output(id, options, ended) as Promise<FlowOutput<W, F>>;
    return this.#parts.worker?.isPolling ? output : explainWhile(output, this.#parts, id, () => this.explain(id));
  }

  /**
   * Starts a run, or finds the one with the same idempotency key. Resolves once the run is durable.
   *
   * @throws NotAFlowError, FlowNotFoundError, WorkflowNotRegisteredError; ValueNotStorableError for an input that cannot be
   *   stored; PayloadInvalidError for one that the flow's schema refuses; IdempotencyConflictError; NoWorkerError where nobody could ever execute the run; ArgumentError; RunnerClosedError
   */
  async start<W extends WorkflowRef, F extends FlowName<W>>(
    workflow: W,
    flow: F,
    ...[input, options = {}]: StartArgs<W, F, StartOptions>
  ): Promise<RunHandle<FlowOutput<W, F>>> {
    this.#ensureOpen('start');
    const { id, ended, reused } = await startFlow(this.#parts, workflow, flow, input, options);
    return this.#handles.of({ id, workflow: this.#parts.registry.require(workflow).graph.name, flow, reused }, ended);
  }

  /**
   * Creates a run that no worker takes before `execute`: its flow and input may be decided later, by somebody else. Cancel it if it is not wanted
   * any more; it waits for ever.
   *
   * @example
   * const held = await runner.hold(OrderWorkflow, { input: order });
   * await runner.execute(held.id, { flow: 'main' });
   * @throws what `start` throws
   */
  async hold(workflow: WorkflowRef, options: HoldOptions = {}): Promise<RunHandle<unknown>> {
    this.#ensureOpen('hold');
    return this.#handles.of(await holdRun(this.#parts, workflow, options));
  }

  /**
   * Sets a held run going, with the flow and input that it was created with or with others.
   *
   * @throws RunNotFoundError; RunNotHeldError; ArgumentError when nobody named the flow and there are several; FlowNotFoundError, NotAFlowError;
   *   WorkflowNotRegisteredError; PayloadInvalidError, ValueNotStorableError
   */
  async execute(runId: string, options: ExecuteOptions = {}): Promise<RunHandle<unknown>> {
    this.#ensureOpen('execute');
    const run = await executeHeld(this.#parts, runId, options);
    this.#parts.followers.nudge(runId);
    return this.#handles.of(run);
  }

  /**
   * The result of a run that was started before, in this process or another, once it is over.
   *
   * @throws what `RunHandle.result` throws; RunNotFoundError
   */
  async result(runId: string, options: ResultOptions = {}): Promise<unknown> {
    return this.#handles.output(runId, options);
  }

  /** One run with its nodes, or `undefined`. */
  async get(runId: string): Promise<RunRecord | undefined> {
    this.#ensureOpen('get');
    return getRun(this.#parts, runId);
  }

  /** A page of runs, newest first, without their nodes. @throws ArgumentError for a bad filter or cursor */
  async list(options: ListOptions = {}): Promise<RunList> {
    this.#ensureOpen('list');
    return listRuns(this.#parts.store, options);
  }

  /**
   * A run with the children that its tasks asked for, and theirs. @throws RunNotFoundError
   */
  async tree(runId: string): Promise<RunTree> {
    this.#ensureOpen('tree');
    return runTree(this.#parts.store, runId);
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
    return explain(this.#parts, runId, task);
  }

  /**
   * What happens in a run, whoever executes it: its status, those of its nodes, progress and log lines. It begins with all there is, and
   * ends with the run's last status. Each event is how something stands now: what changed twice before you looked is told once.
   *
   * Nothing is kept for you in the meantime: leave at any event, and go on later, in another process, behind its `cursor`.
   *
   * @example
   * for await (const event of runner.events(runId)) {
   *   if (event.type === 'node') console.log(event.task, event.status);
   * }
   * @throws RunNotFoundError, also when the run is deleted meanwhile; ArgumentError for a bad cursor; RunnerClosedError
   */
  async *events(runId: string, options: FollowOptions = {}): AsyncGenerator<FollowedEvent, void, void> {
    this.#ensureOpen('events');
    yield* followRun(this.#parts, runId, options);
  }

  /**
   * Tells a listener what happens in the runs that this process' worker executes, once it is durable, where it happens: for metrics, say. It is
   * called at once and not waited for; what it throws is logged. Runs of other processes are followed by `events`.
   *
   * @returns ends it
   * @example const stop = runner.subscribe((event) => event.type === 'run' && runs.inc({ status: event.status }));
   */
  subscribe(listener: EventListener): () => void {
    return this.#parts.events.subscribe(listener);
  }

  /**
   * The lines that tasks of a run wrote to `ctx.logger`, oldest first, as far as they are kept: the last 1,000 by default (`runLogs`). Those
   * of other processes come after a moment.
   *
   * @throws RunnerClosedError
   */
  async logs(runId: string): Promise<readonly LogLine[]> {
    this.#ensureOpen('logs');
    await this.#parts.lines.flush();
    return (await this.#parts.store.feed.lines({ runId })).map((line) => toLogLine(runId, line));
  }

  /** The live workers of the fleet, in the order of their registration: whoever polled within their lease. */
  async workers(): Promise<readonly WorkerRecord[]> {
    this.#ensureOpen('workers');
    return listWorkers(this.#parts.store);
  }

  /** How many unfinished runs stand in each queue, and how many workers serve it. It counts the runs, so it takes longer the more there are. */
  async queues(): Promise<readonly QueueRecord[]> {
    this.#ensureOpen('queues');
    return listQueues(this.#parts.store);
  }

  /**
   * Asks for a run to be cancelled: `true` once that is durable (its owner then stops it), `false` if the run is already over.
   *
   * @throws RunNotFoundError
   */
  async cancel(runId: string, reason?: string): Promise<boolean> {
    this.#ensureOpen('cancel');
    const isAccepted = await cancelRun(this.#parts, runId, reason);
    this.#parts.followers.nudge(runId);
    return isAccepted;
  }

  /**
   * Sends a signal to a run: `ctx.waitFor` of one of its tasks completes with the payload. It is kept until one does, whether the run has
   * come that far or not; each signal is for one wait. Resolves once it is durable.
   *
   * @example await runner.signal(runId, approved, { by: 'ann' }, { id: 'click-17' });
   * @throws RunNotFoundError; RunOverError; PayloadInvalidError where the signal has a schema; ValueNotStorableError; ArgumentError for a
   *   bad name or id
   */
  async signal<Sent>(runId: string, signal: SentAs<Sent>, ...[payload, options]: SignalArgs<Sent>): Promise<void> {
    this.#ensureOpen('signal');
    return sendSignal(this.#parts, runId, signal, payload, options);
  }

  /**
   * Puts a FAILED or CANCELLED run back to work, under its id: everything not COMPLETED runs again, and with `from` that task and
   * all downstream of it. What a compensation has begun to undo runs again, too. It starts at once.
   *
   * With `compensations: true` only compensations run that did not complete, and the run ends again as it had: FAILED by its first error, or
   * CANCELLED.
   *
   * @throws RunNotRetryableError for a run of another status; RunNotFoundError; ArgumentError when `from` is no node of the flow, or no
   *   compensation is unfinished
   */
  async retry(runId: string, options: RetryOptions = {}): Promise<RunHandle<unknown>> {
    this.#ensureOpen('retry');
    const run = await retryRun(this.#parts, runId, options);
    this.#parts.followers.nudge(runId);
    return this.#handles.ofRetried(run);
  }

  /**
   * Makes a new run of an old one, whatever its status, and leaves the old one alone: `from` and everything downstream of it runs again,
   * other final records are taken over. So a COMPLETED run is repeated in part, one element of a map is done again, and a run that
   * changed code left waiting goes on. `reused` of the handle names what is not run again.
   *
   * @throws RunNotFoundError; ArgumentError when `from` is no node of the flow, or nothing would run; WorkflowNotRegisteredError;
   *   FlowNotFoundError; IdempotencyConflictError; ValueNotStorableError; NoWorkerError
   */
  async fork(runId: string, options: ForkOptions = {}): Promise<RunHandle<unknown>> {
    this.#ensureOpen('fork');
    requireSomeWorker(this.#parts);
    const context = { ...startContext(this.#parts), registry: this.#parts.registry };
    return this.#handles.of(await forkRun(context, runId, options));
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
    return cleanUp(
      this.#parts.store,
      this.#parts.clock,
      cleanupRule(options),
      AbortSignal.any([this.#life.closed, ...signals]),
    );
  }

  /** The workflows of this runner, in the order of its options: for programs that serve whatever an application has. */
  get workflows(): readonly WorkflowDefinition[] {
    return this.#parts.registry.definitions;
  }

  /** Where runs are kept. */
  get store(): 'memory' | 'pglite' | 'postgres' {
    return this.#parts.store.kind;
  }

  /** The validated graph of a workflow; `toMermaid` draws it. */
  graph(workflow: WorkflowRef): WorkflowGraph {
    return this.#parts.registry.require(workflow).graph;
  }

  /**
   * What a run of a flow will execute, in which order and waves, its critical path, and the most calls and time that the retry and timeout
   * options allow. Nothing is run, and no database asked; what a plan leaves out, its `notes` say.
   *
   * @example console.log(String(runner.plan(OrderWorkflow, 'main', { elements: { reserve: 20 } })));
   * @throws WorkflowNotRegisteredError; FlowNotFoundError, NotAFlowError; ArgumentError for a bad number of elements
   */
  plan<W extends WorkflowRef>(workflow: W, flow: FlowName<W>, options: PlanOptions = {}): FlowPlan {
    const { registry } = this.#parts;
    return planFlow(registry.requireFlow(registry.require(workflow), flow), options);
  }

  /**
   * The unfinished runs of a workflow that other code began than this runner has of it, newest first: which go on with this code, which
   * wait, and why. Ask a client (`worker: false`) that has the new code, before it is deployed.
   *
   * @example for (const run of (await client.affectedRuns(OrderWorkflow)).items) console.log(run.id, run.outcome, run.sentence);
   * @throws ArgumentError for a bad limit or cursor; WorkflowNotRegisteredError
   */
  async affectedRuns(
    workflow: WorkflowRef,
    options: Pick<ListOptions, 'limit' | 'cursor'> = {},
  ): Promise<AffectedRuns> {
    this.#ensureOpen('affectedRuns');
    const { store, registry } = this.#parts;
    const { name } = registry.require(workflow).graph;
    return affectedRuns(store, name, registry.requireByName(name), options);
  }

  /** How this process' worker is doing; `undefined` for a client. */
  get health(): WorkerHealth | undefined {
    return this.#parts.worker?.health;
  }

  /**
   * Takes nothing new, lets running attempts finish within the worker's `drain`, gives unfinished runs back and disconnects.
   * Results still awaited in this process reject with `RunnerClosedError`. May be called more than once.
   */
  close(): Promise<void> {
    return this.#life.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
