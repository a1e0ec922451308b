import type { DependencyContainer } from 'tsyringe';
import { parseDuration } from '../core/durations';
import type { Duration } from '../core/durations';
import { ArgumentError } from '../core/errors/definition-error';
import { RunNotFoundError } from '../core/errors/run-errors';
import type { TypeflowLogger } from '../core/logger';
import { isFinalRunStatus } from '../core/statuses';
import type { NodeStatus } from '../core/statuses';
import type { FlowName, FlowOutput, WorkflowRef } from '../decorators/workflow-types';
import { childContainer } from '../di/child-container';
import type { FollowOptions } from '../runner/events/follow-run';
import { RunHandle } from '../runner/run-handle';
import type { HandleHost } from '../runner/run-handle';
import type { NodeRecord, RunRecord } from '../runner/run-record';
import type { ResultOptions, StartArgs, StartOptions } from '../runner/start-options';
import type { SentAs, SignalArgs } from '../runner/waits/send-signal';
import { WorkflowRunner } from '../runner/workflow-runner';
import { MemoryStore } from '../store/memory/memory-store';
import { CallDesk } from './call-desk';
import type { ArgumentsOf, Overrides, RecordedCall } from './overrides';
import { TimeMachine } from './time-machine';
import { VirtualClock } from './virtual-clock';

/** What the worker does at regular times is done rarely, as each is a stop on the way through virtual time. What is due is known exactly. */
const WORKER = { poll: '1h', lease: '1d', drain: 0, reportAfter: '2h' } as const;

const SILENT: TypeflowLogger = { debug() {}, info() {}, warn() {}, error() {} };

/** What a test runner is made of. */
export interface TestRunnerOptions {
  readonly workflows: readonly WorkflowRef[];
  /** Where workflow classes get their dependencies. Default: tsyringe's global container. It is not changed: the runner lives in a child of it. */
  readonly container?: DependencyContainer;
  /** When virtual time begins. Default: now. A fixed one makes dates in results repeatable. */
  readonly now?: Date;
  /** Default: nothing is logged. */
  readonly logger?: TypeflowLogger;
}

/** A runner for tests, in memory and in virtual time. See docs/testing.md. */
export class TestRunner {
  readonly #runner: WorkflowRunner;
  readonly #clock: VirtualClock;
  readonly #desk: CallDesk;
  readonly #time: TimeMachine;

  private constructor(runner: WorkflowRunner, clock: VirtualClock, desk: CallDesk, store: MemoryStore) {
    this.#runner = runner;
    this.#clock = clock;
    this.#desk = desk;
    this.#time = new TimeMachine({ clock, store, desk, isStuck: () => this.#isStuck() });
  }

  /** @internal `createTestRunner` is the public way. */
  static async create({ now, container, workflows, logger = SILENT }: TestRunnerOptions): Promise<TestRunner> {
    const clock = new VirtualClock((now ?? new Date()).getTime());
    const store = new MemoryStore(clock);
    const desk = new CallDesk(() => clock.now());
    const runner = await WorkflowRunner.createWith(
      { workflows, container: childContainer(container), database: 'memory:', worker: WORKER, logger },
      // Jitter in the middle of its range: a test has the same delays each time.
      { clock, isSystemClock: false, random: () => 0.5, store, intercept: desk.intercept, lookEveryMs: 3_600_000 },
    );
    return new TestRunner(runner, clock, desk, store);
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
    const run = await this.#runner.start(workflow, flow, ...args);
    const host = {
      awaitOutput: (_id: string, options: ResultOptions) => this.#skipTo(run.result(options), run.id),
      get: () => run.get(),
      cancel: (_id: string, reason?: string) => run.cancel(reason),
      events: (_id: string, options?: FollowOptions) => run.events(options),
      signal: this.#runner.signal.bind(this.#runner),
    };
    return new RunHandle(host as HandleHost, run);
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
  calls<W extends WorkflowRef, Name extends FlowName<W>>(
    workflow: W,
    task: Name,
  ): readonly RecordedCall<ArgumentsOf<W, Name> & unknown[]>[] {
    return this.#desk.callsOf(this.#runner.graph(workflow).name, task) as never;
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
  async close(): Promise<void> {
    let isClosed = false;
    const closing = this.#runner.close().finally(() => (isClosed = true));
    closing.catch(() => undefined);
    while (!isClosed) await this.#time.advance(1_000);
    return closing;
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

  async #isStuck(): Promise<boolean> {
    const { items } = await this.#runner.list({ status: ['PENDING', 'RUNNING', 'WAITING'], limit: 100 });
    return items.every(({ status, wakeAt }) => status === 'WAITING' && wakeAt === undefined);
  }
}

function idOf(run: RunHandle<unknown> | string): string {
  return typeof run === 'string' ? run : run.id;
}
