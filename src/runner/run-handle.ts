import type { ResultOptions } from './start-options';
import type { FollowOptions } from './events/follow-run';
import type { FollowedEvent } from './events/run-event';
import type { RunRecord } from './run-record';
import type { SentAs, SignalArgs, SignalOptions } from './waits/send-signal';

/** What a handle asks of its runner. */
export interface HandleHost {
  awaitOutput(runId: string, options: ResultOptions): Promise<unknown>;
  get(runId: string): Promise<RunRecord | undefined>;
  cancel(runId: string, reason?: string): Promise<boolean>;
  events(runId: string, options?: FollowOptions): AsyncGenerator<FollowedEvent, void, void>;
  signal(runId: string, signal: SentAs<unknown>, payload: unknown, options?: SignalOptions): Promise<void>;
}

/** Which run a handle is of. */
export interface HandledRun {
  readonly id: string;
  readonly workflow: string;
  readonly flow: string;
  readonly reused?: readonly string[] | undefined;
  readonly note?: string | undefined;
}

/**
 * A run that was started: by its id, whoever executes it.
 *
 * @typeParam Output what the flow returns
 */
export class RunHandle<Output> {
  readonly id: string;
  readonly workflow: string;
  readonly flow: string;
  /** Tasks that are not run again, because their records were taken over from another run; of a mapped task at least some elements. */
  readonly reused: readonly string[];
  /** What is to be known about `reused`: that those results were made with another input. */
  readonly note: string | undefined;
  readonly #host: HandleHost;

  /** @internal handles come from `start`, `retry` and `fork` */
  constructor(host: HandleHost, run: HandledRun) {
    this.#host = host;
    this.id = run.id;
    this.workflow = run.workflow;
    this.flow = run.flow;
    this.reused = run.reused ?? [];
    this.note = run.note;
  }

  /**
   * The flow's value, once the run is over.
   *
   * @throws RunFailedError whose `cause` is the error of the task that decided it; RunCancelledError; WaitAbortedError when
   *   `signal` or `timeout` ended the waiting; RunnerClosedError
   */
  async result(options: ResultOptions = {}): Promise<Output> {
    return (await this.#host.awaitOutput(this.id, options)) as Output;
  }

  /** The run as it stands now; `undefined` once it was cleaned up. */
  get(): Promise<RunRecord | undefined> {
    return this.#host.get(this.id);
  }

  /**
   * Sends a signal to the run; see `WorkflowRunner.signal`.
   *
   * @example await handle.signal(approved, { by: 'ann' });
   * @throws RunNotFoundError, RunOverError, PayloadInvalidError, ValueNotStorableError, ArgumentError
   */
  async signal<Sent>(signal: SentAs<Sent>, ...[payload, options]: SignalArgs<Sent>): Promise<void> {
    return this.#host.signal(this.id, signal, payload, options);
  }

  /**
   * What happens in the run, until it is over; see `WorkflowRunner.events`.
   *
   * @throws RunNotFoundError, ArgumentError, RunnerClosedError, when the first event is asked for
   */
  events(options: FollowOptions = {}): AsyncGenerator<FollowedEvent, void, void> {
    return this.#host.events(this.id, options);
  }

  /** Asks for the run to be cancelled: `true` once that is durable, `false` if the run is already over. */
  cancel(reason?: string): Promise<boolean> {
    return this.#host.cancel(this.id, reason);
  }
}
