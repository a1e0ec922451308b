import type { Duration } from '../core/durations';
import type { CatchUp, Overlap } from '../core/schedule-rules';
import type { StandardSchema } from '../core/standard-schema';
import type { Dependency } from './edges';

/** How often, and how long after a failed attempt, a node is called again. Delays are ms or strings like `'200ms'`. */
export interface RetryPolicy {
  /** Extra calls after the first. */
  readonly max: number;
  /**
   * How delays grow: doubled each time, by `initialDelay` each time, or not at all. Default `'exponential'`, which gives
   * an overloaded service the most room.
   */
  readonly backoff?: 'exponential' | 'linear' | 'constant';
  /** Default 200 ms. */
  readonly initialDelay?: Duration;
  /** No delay is longer. Default 1 minute: an outage is noticed to be over within that time. */
  readonly maxDelay?: Duration;
  /** Draws each delay between a half and the whole, so that tasks which failed together do not return together. Default `true`. */
  readonly jitter?: boolean;
  /** Whether this error is worth another call. Default: every error but `NonRetryableError` is. */
  readonly retryIf?: (error: unknown) => boolean;
}

/** At most `limit` attempts at a time over all workers. */
export interface ConcurrencyPolicy {
  readonly limit: number;
  /**
   * Counts attempts by this key instead of by node: nodes of one workflow with equal keys share a limit. A text, or a function of
   * the run's input, called once for each node of a run: `(order) => order.customerId`. Default: each node has its own limit.
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the input of the flow, which an option cannot know
  readonly key?: string | ((input: any) => string | number | boolean);
}

/** A policy of Cockatiel's: anything that executes a function. */
export interface PolicyLike {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- Cockatiel's policies differ in their contexts
  execute(fn: (context: any) => unknown, signal?: AbortSignal): Promise<unknown>;
}

/** What tasks, flows and compensations have in common. */
export interface CallOptions {
  /** Extra calls after the first, or a whole policy. Default 0. */
  readonly retries?: number | RetryPolicy;
  /** Bounds each attempt; `false` turns it off. Default 60 s: a call that hangs must end somewhere. */
  readonly timeout?: Duration | false;
  /** Bounds all attempts together, backoffs included, waits not. Default `false`. */
  readonly totalTimeout?: Duration | false;
  /**
   * Of a flow: where its runs go. Of a task: the queue whose workers call it, whoever owns the run; a worker that serves it calls it
   * in place, any other hands it over, which takes a few more writes and milliseconds. Default: with its run.
   *
   * @example @Task({ dependsOn: ['load'], queue: 'gpu' }) // and on the machine with the GPU: worker: { queues: ['gpu'] }
   */
  readonly queue?: string;
  /** How many attempts of it may run at a time over all workers on the database. Default: as many as the workers have places. */
  readonly concurrency?: number | ConcurrencyPolicy;
  /**
   * Calls the method in a transaction, `ctx.manager`, whose commit carries the completion: what is done on it happens exactly once. Needs
   * PostgreSQL or PGlite, and costs a connection while the method runs, four round trips, and a commit of its own. Default `false`.
   *
   * @example @Task({ transactional: true }) book(order: Order, ctx: TaskContext) { return ctx.manager.save(Booking, { order: order.id }); }
   */
  readonly transactional?: boolean;
  /** A Cockatiel policy of your own (breaker, bulkhead, fallback), wrapped around each call inside its timeout. */
  readonly policy?: PolicyLike;
}

/** Options of `@Task` and `.task()`. */
export interface TaskOptions<D extends readonly Dependency[] = readonly Dependency[]> extends CallOptions {
  /** What it needs, in the order of its parameters. Default: nothing; it then gets the input of the run. */
  readonly dependsOn?: D;
  /** Runs when its dependencies are over, also when the run failed or was cancelled. Default `false`. */
  readonly always?: boolean;
}

/** Options of `@Flow` and `.flow()`. */
export interface FlowOptions<
  D extends readonly Dependency[] = readonly Dependency[],
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what a schema puts out that says nothing of it
  Checked = any,
> extends CallOptions {
  /** What the flow needs: this, and all it needs in turn, is what a run executes. */
  readonly dependsOn?: D;
  /**
   * Once the flow can no longer run: `'stop'` starts nothing new, `'finish'` lets every node that still can run do so first.
   * Default `'stop'`, which fails soonest.
   */
  readonly onFailure?: 'stop' | 'finish';
  /**
   * Checks the input of each run where it is started: any Standard Schema (zod, valibot, arktype, …). What it makes of the input, defaults and
   * transformations included, is the input of the run, and must fit what the flow declares. Default: none.
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what goes in is the schema's matter
  readonly input?: StandardSchema<any, Checked>;
  /** Runs of it begin by themselves. It is written to the database when a worker with this code starts. Default: none. */
  readonly schedule?: ScheduleOptions;
}

/** When runs of a flow begin by themselves. */
export interface ScheduleOptions {
  /** Five fields (minute, hour, day of the month, month, day of the week), or six with seconds first: `'30 2 * * *'`. */
  readonly cron: string;
  /** An IANA time zone, by whose clock the pattern goes. Default `'UTC'`, which knows no daylight saving. */
  readonly timeZone?: string;
  /**
   * While the run of the tick before is not over: `'skip'` begins none, `'queue'` waits for its end, `'cancel-previous'` cancels it.
   * Default `'skip'`, which never piles up.
   */
  readonly overlap?: Overlap;
  /**
   * Of ticks that came while no worker was there: `'last'` makes the latest, `'none'` none, `'all'` each, one after the other. Default `'last'`.
   */
  readonly catchUp?: CatchUp;
  /** The input of the runs, or a function that makes it from the tick. Default: none. */
  readonly input?: unknown;
}

/** Options of `@Compensate` and `.compensate()`: defaults are those of tasks. */
export type CompensateOptions = CallOptions;

/** Options that hold for all nodes of a kind which do not say otherwise. `retries` is taken over field by field. */
export interface DefaultOptions extends Omit<CallOptions, 'retries'> {
  readonly retries?: number | Partial<RetryPolicy>;
}

/** Options of `defineWorkflow`. */
export interface DefineWorkflowOptions {
  /**
   * Your own label of this code, kept with each run. A run is only ever executed by code of its own version: give a new one where the
   * meaning of the code changes although its graph does not, and register the old class beside the new one until its runs are over.
   * Where either side has no version, the graph alone decides. Default: none.
   */
  readonly version?: string;
  /** Where runs go that neither `start` nor the flow send elsewhere. Default `'default'`. */
  readonly queue?: string;
  readonly defaults?: {
    readonly task?: DefaultOptions;
    readonly flow?: DefaultOptions & Pick<FlowOptions, 'onFailure'>;
  };
}

/** Options of `@Workflow`. */
export interface WorkflowOptions extends DefineWorkflowOptions {
  /** Default: the name of the class in kebab case, `OrderWorkflow` → `order-workflow`. Name it yourself where code is minified. */
  readonly name?: string;
}
