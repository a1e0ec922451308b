import type { DependencyContainer } from 'tsyringe';
import { parseDuration } from '../core/durations';
import type { Duration } from '../core/durations';
import { ArgumentError } from '../core/errors/definition-error';
import { RunNotFoundError } from '../core/errors/run-errors';
import type { TypeflowLogger } from '../core/logger';
import { isFinalRunStatus } from '../core/statuses';
import type { NodeStatus } from '../core/statuses';
import type { FlowName, FlowOutput, WorkflowRef } from '../decorators/workflow-types';
import type { ContainerAdapter } from '../di/container-adapter';
import { RunHandle } from '../runner/run-handle';
import type { HandleHost } from '../runner/run-handle';
import type { NodeRecord, RunRecord } from '../runner/run-record';
import type { ResultOptions, StartArgs, StartOptions } from '../runner/start-options';
import type { SentAs, SignalArgs } from '../runner/waits/send-signal';
import type { WorkflowRunner } from '../runner/workflow-runner';
import { CallDesk } from './call-desk';
import { crashEverywhere } from './crash-everywhere';
import type { CrashEverywhereOptions, Rehearsal } from './crash-everywhere';
import { CrashPlan } from './crash-plan';
import type { CrashSide } from './life';
import { Lives } from './lives';
import type { LivesParams } from './lives';
import type {
  MethodName,
  Overrides,
  OverrideSet,
  RecordedCall,
  ResultOf,
  SeenArgumentsOf,
  ValuesOf,
} from './overrides';
import { runTask } from './run-task';
import type { TaskCallContext } from './run-task';
import { createWorld } from './test-world';
import type { TestWorld } from './test-world';
import { timeline } from './timeline';
import { TimeMachine } from './time-machine';
import { VirtualClock } from './virtual-clock';

const SILENT: TypeflowLogger = { debug() {}, info() {}, warn() {}, error() {}, isLevelEnabled: () => false };

/** What a test runner is made of. */
export interface TestRunnerOptions {
  readonly workflows: readonly WorkflowRef[];
  /** Methods that are replaced from the beginning, made by `overridesOf`. */
  readonly overrides?: readonly OverrideSet[];
  /**
   * Where workflow classes get their dependencies: a tsyringe container, or an adapter. Default: tsyringe's global container. It is not changed:
   * the runner lives in a child of it, and is not registered with an adapter.
   */
  readonly container?: DependencyContainer | ContainerAdapter;
  /**
   * Where runs are kept: `'memory:'`, or `'postgres://…'`, where each test runner makes a schema of its own, and removes it when it is closed. Time is virtual on
   * both. Default: the environment variable `TYPEFLOW_TEST_DATABASE`, else `'memory:'`.
   */
  readonly database?: string;
  /** When virtual time begins. Default: now. A fixed one makes dates in results repeatable. */
  readonly now?: Date;
  /** Default: nothing is logged. */
  readonly logger?: TypeflowLogger;
}

/** A runner for tests, in memory and in virtual time. See docs/testing.md. */
export class TestRunner {
  readonly #options: TestRunnerOptions;
  readonly #lives: Lives;
  readonly #world: TestWorld;
  readonly #clock: VirtualClock;
  readonly #desk: CallDesk;
  readonly #plan: CrashPlan;
  readonly #time: TimeMachine;
  /** Runs in the order in which they were started here. */
  readonly #started: string[] = [];
  #closing: Promise<void> | undefined;

  private constructor(
    options: TestRunnerOptions,
    {
      lives,
      clock,
      desk,
      plan,
      world,
    }: Pick<LivesParams, 'clock' | 'desk' | 'plan'> & { readonly lives: Lives; readonly world: TestWorld },
  ) {
    this.#options = options;
    this.#lives = lives;
    this.#world = world;
    this.#clock = clock;
    this.#desk = desk;
    this.#plan = plan;
    const whyStuck = (): Promise<string | undefined> => this.#whyStuck();
    this.#time = new TimeMachine({ clock, world, desk, whyStuck, settled: () => lives.settled() });
    for (const { workflow, methods } of options.overrides ?? []) this.override(workflow, methods);
  }

  /** @internal `createTestRunner` is the public way. */
  static async create(options: TestRunnerOptions, plan = new CrashPlan()): Promise<TestRunner> {
    const { now, container, workflows, logger = SILENT } = options;
    const database = options.database ?? process.env['TYPEFLOW_TEST_DATABASE'] ?? 'memory:';
    const clock = new VirtualClock((now ?? new Date()).getTime());
    const parts = {
      clock,
      desk: new CallDesk(
        () => clock.now(),
        () => clock.touch(),
      ),
      plan,
    };
    const world = await createWorld(database, clock);
    try {
      const lives = await Lives.begin({ ...parts, store: world.store, workflows, container, logger });
      return new TestRunner(options, { ...parts, lives, world });
    } catch (error) {
      await world.close();
      throw error;
    }
  }

  get #runner(): WorkflowRunner {
    return this.#lives.runner;
  }

  /** Virtual time. */
  get now(): Date {
    return new Date(this.#clock.now());
  }

  /**
   * Starts a run and skips time until it is over. While a method is being called time stands still, so that real work in it is not timed
   * out; to let time pass during a call, use `start` and `advance`.
   *
   * @throws what `WorkflowRunner.run` throws; ArgumentError when the run waits for a signal that nobody can send
   */
  async run<W extends WorkflowRef, F extends FlowName<W>>(
    workflow: W,
    flow: F,
    ...args: StartArgs<W, F, StartOptions & ResultOptions>
  ): Promise<FlowOutput<W, F>> {
    const run = await this.start(workflow, flow, ...args);
    return run.result(args[1]);
  }

  /** Starts a run. Time stands still until `advance`, `until`, another `run` or the handle's `result` moves it. */
  async start<W extends WorkflowRef, F extends FlowName<W>>(
    workflow: W,
    flow: F,
    ...args: StartArgs<W, F, StartOptions>
  ): Promise<RunHandle<FlowOutput<W, F>>> {
    await this.#lives.settled();
    const run = await this.#runner.start(workflow, flow, ...args);
    this.#started.push(run.id);
    const host: HandleHost = {
      awaitOutput: (id, options) => this.#skipTo(this.#lives.result(id, options), id),
      get: (id) => this.get(id),
      cancel: (id, reason) => this.cancel(id, reason),
      events: (id, options) => this.#lives.events(id, options),
      signal: (id, signal, payload, options) => this.#runner.signal(id, signal, payload, options),
    };
    return new RunHandle(host, run);
  }

  /** A run as it stands now. */
  get(run: RunHandle<unknown> | string): Promise<RunRecord | undefined> {
    return this.#runner.get(idOf(run));
  }

  /** See `WorkflowRunner.signal`. */
  signal<Sent>(run: RunHandle<unknown> | string, signal: SentAs<Sent>, ...args: SignalArgs<Sent>): Promise<void> {
    return this.#runner.signal(idOf(run), signal, ...args);
  }

  /** See `WorkflowRunner.cancel`. */
  cancel(run: RunHandle<unknown> | string, reason?: string): Promise<boolean> {
    return this.#runner.cancel(idOf(run), reason);
  }

  /**
   * Lets time pass: retries, timeouts, waits, start times and deadlines on the way fire, each at its instant. Calls under way are not
   * waited for.
   *
   * @throws ArgumentError for a bad duration
   */
  async advance(duration: Duration): Promise<void> {
    return this.#time.advance(parseDuration(duration, { what: 'advance', allowZero: true }));
  }

  /** Replaces methods from now on. They are functions without `this`; a class of which nothing else is called is not constructed. */
  override<W extends WorkflowRef>(workflow: W, methods: Overrides<W>): this {
    const { name, nodes } = this.#runner.graph(workflow);
    for (const [task, method] of Object.entries(methods)) {
      if (method === undefined) continue;
      if (!nodes.has(task)) throw new ArgumentError(`override: ${name} has no node "${task}"`);
      this.#desk.override(name, task, method as (...args: never[]) => unknown);
    }
    return this;
  }

  /** The calls of a method so far, overridden or not, attempts that failed included. */
  calls<W extends WorkflowRef, Name extends MethodName<W>>(
    workflow: W,
    task: Name,
  ): readonly RecordedCall<SeenArgumentsOf<W, Name> & unknown[]>[] {
    return this.#desk.callsOf(this.#runner.graph(workflow).name, task) as never;
  }

  /**
   * The process under test dies, as by `kill -9`, when a call of this task ends next, be it with an error or a wait: with `'before'` (the default) before its end is recorded, so that it is
   * called again, under the same `ctx.idempotencyKey`; with `'after'` right after that. The next process begins at once, on what was recorded. Methods that
   * are being called are told by `ctx.signal`, and what they return does not count.
   *
   * @throws ArgumentError when no workflow has such a task
   */
  crashAfter(task: string, side: CrashSide = 'before'): this {
    const isKnown = this.#options.workflows.some((workflow) => this.#runner.graph(workflow).nodes.has(task));
    if (!isKnown) throw new ArgumentError(`crashAfter: no workflow of this test runner has a node "${task}"`);
    this.#plan.afterCallOf(task, side);
    return this;
  }

  /**
   * Repeats a test with a crash before and after each record that it makes, in test runners of their own that are made as this one was, and
   * checks that each run ends as it does without.
   *
   * @param test gets a fresh test runner each time; what it keeps outside, it must set back itself
   * @returns how many crashes there were
   * @throws what `test` throws without a crash; an Error that names the crash, with the timeline, where the outcome is another with one
   * @example
   * await t.crashEverywhere(async (t) => {
   *   expect(await t.run(OrderWorkflow, 'main', order)).toMatchObject({ paid: 3_000 });
   * });
   */
  crashEverywhere(test: (t: TestRunner) => unknown, options: CrashEverywhereOptions = {}): Promise<number> {
    return crashEverywhere(async (at) => {
      const plan = new CrashPlan();
      if (at !== undefined) plan.atRecord(at.record, at.side);
      const runner = await TestRunner.create(this.#options, plan);
      let failure: Rehearsal['failure'];
      try {
        await test(runner);
      } catch (error) {
        failure = { error };
      }
      await runner.#lives.settled();
      plan.stop();
      const runs = await Promise.all(runner.#started.map((id) => runner.get(id)));
      await runner.close();
      const { records, crashes } = plan;
      return { records, crashes, failure, runs: runs.flatMap((run) => run ?? []) };
    }, options);
  }

  /**
   * Calls one method alone, without a run: with the values of its dependencies, which pass the codec as in a run, and a context. An override of it
   * answers; `retries` and `timeout` do not apply.
   *
   * @param args the values, then perhaps `{ context }`
   * @returns what the method gives, as a task that depends on it would get it
   * @throws what the method throws; TaskWithoutValueError when it returns a wait or skips; ValueNotStorableError
   * @example expect(await t.runTask(OrderWorkflow, 'validateOrder', order)).toMatchObject({ total: 3_000 });
   */
  runTask<W extends WorkflowRef, Name extends MethodName<W>>(
    workflow: W,
    task: Name,
    ...args: [...ValuesOf<W, Name>, options?: { readonly context: TaskCallContext }]
  ): Promise<ResultOf<W, Name>> {
    const { container, logger = SILENT } = this.#options;
    const parts = { container, logger, clock: this.#clock, desk: this.#desk };
    return runTask(parts, workflow, task, args) as Promise<ResultOf<W, Name>>;
  }

  /** What happened in a run, attempt by attempt, as a table for people. @throws RunNotFoundError */
  async timeline(run: RunHandle<unknown> | string): Promise<string> {
    const id = idOf(run);
    const record = await this.get(id);
    if (record === undefined) throw new RunNotFoundError(id);
    return timeline(record);
  }

  /** A workflow's graph as text (Mermaid), for a snapshot. */
  graph(workflow: WorkflowRef): string {
    return this.#runner.graph(workflow).toMermaid();
  }

  /**
   * Skips time until a node has this status, and no further.
   *
   * @throws ArgumentError when the run ends without, or nothing can happen any more; RunNotFoundError
   */
  async until(run: RunHandle<unknown> | string, task: string, status: NodeStatus): Promise<NodeRecord> {
    const id = idOf(run);
    let found: NodeRecord | undefined;
    const isReached = async (): Promise<boolean> => {
      const record = await this.#runner.get(id);
      if (record === undefined) throw new RunNotFoundError(id);
      found = record.nodes.find((node) => node.task === task && node.index === undefined);
      if (found?.status === status) return true;
      if (found === undefined || isFinalRunStatus(record.status)) {
        const what =
          found === undefined ? `has no node "${task}"` : `ended ${record.status}, and ${task} ${found.status}`;
        throw new ArgumentError(`until: run ${id} ${what}; waited for ${task} to be ${status}`);
      }
      return false;
    };
    await this.#time.skipUntil(isReached, `${task} to be ${status}`);
    return found as NodeRecord;
  }

  /** Stops the worker. Call it at the end of each test. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    let isClosed = false;
    const closing = this.#lives.close().finally(() => (isClosed = true));
    closing.catch(() => undefined);
    try {
      while (!isClosed) await this.#time.advance(1_000);
      await closing;
    } finally {
      await this.#world.close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #skipTo(result: Promise<unknown>, runId: string): Promise<unknown> {
    let isOver = false;
    const settled = result.finally(() => (isOver = true));
    settled.catch(() => undefined);
    await this.#time.skipUntil(() => isOver, `the end of run ${runId}`);
    return settled;
  }

  async #whyStuck(): Promise<string | undefined> {
    const { items } = await this.#runner.list({ status: ['PENDING', 'RUNNING', 'WAITING'], limit: 100 });
    const known = new Set(this.#options.workflows.map((workflow) => this.#runner.graph(workflow).name));
    const foreign = items.find(({ workflow }) => !known.has(workflow));
    const isStuck = items.every(
      ({ workflow, status, wakeAt }) => !known.has(workflow) || (status === 'WAITING' && wakeAt === undefined),
    );
    if (!isStuck) return undefined;
    return foreign === undefined
      ? 'each waits for a signal that nobody has sent; start the run with t.start, send the signal with t.signal, and then wait'
      : `the child ${foreign.id} is of workflow "${foreign.workflow}", which nobody here has; add it to createTestRunner({ workflows })`;
  }
}

function idOf(run: RunHandle<unknown> | string): string {
  return typeof run === 'string' ? run : run.id;
}
