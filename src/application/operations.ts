import type { CatchUp, Overlap } from '../core/schedule-rules';
import type { FinalRunStatus, RunStatus } from '../core/statuses';
import type {
  BulkView,
  CleanupView,
  DefinitionView,
  EventView,
  ExecutedView,
  ExplanationView,
  ForkView,
  HealthView,
  LogLineView,
  PlanView,
  QueueView,
  RunDetailView,
  RunPageView,
  RunRefView,
  RunView,
  ScheduleView,
  WorkerView,
} from './views';

/** Which runs: all that is given must hold. */
export interface RunFilter {
  readonly workflow?: string;
  readonly flow?: string;
  readonly status?: readonly RunStatus[];
  readonly queue?: string;
  readonly parentId?: string;
  /** Runs that have every one of these. */
  readonly tags?: readonly string[];
  /** Runs whose error message contains this, in any case. */
  readonly text?: string;
  /** ISO 8601. */
  readonly createdAfter?: string;
  readonly createdBefore?: string;
}

export interface Page {
  /** 1 to 1,000. Default 50. */
  readonly limit?: number;
  readonly cursor?: string;
}

export interface CreateRun {
  /** Of the workflow. */
  readonly workflow: string;
  readonly version?: string;
  /** May be left out where the workflow has one flow, and of a held run. */
  readonly flow?: string;
  readonly input?: unknown;
  /** `false`: the run is held until `execute`. */
  readonly start: boolean;
  readonly idempotencyKey?: string;
  readonly queue?: string;
  readonly priority?: number;
  readonly tags?: readonly string[];
  /** A duration, such as `'1h'`; not of a held run. */
  readonly delay?: string;
  /** ISO 8601; not of a held run. */
  readonly startAt?: string;
  /** A duration from now; not of a held run. */
  readonly deadline?: string;
}

export interface ExecuteRun {
  readonly flow?: string;
  /** `null` is a value; leave it out to keep what the run was created with. */
  readonly input?: unknown;
  /** How long to wait for the end, ms. Default 0; at most 60,000. */
  readonly waitMs?: number;
  /** Ends the waiting, never the run. */
  readonly signal?: AbortSignal;
}

export interface ForkRun {
  readonly from?: string;
  readonly index?: number;
  readonly input?: unknown;
  readonly version?: string;
  readonly idempotencyKey?: string;
}

export interface SetSchedule {
  readonly workflow: string;
  readonly flow: string;
  readonly cron: string;
  readonly timeZone?: string;
  readonly overlap?: Overlap;
  readonly catchUp?: CatchUp;
  readonly input?: unknown;
}

/**
 * What can be done with an application's runs from outside its code: by the HTTP service, and at a terminal. All of it takes and gives JSON.
 * There are two of it: over a runner in this process (`local-operations.ts`), and over a service's address (in `cli/`). Errors are those of the
 * runner, or have their `code`.
 */
export interface Operations {
  definitions(): Promise<readonly DefinitionView[]>;
  plan(params: { readonly workflow: string; readonly flow?: string }): Promise<PlanView>;

  /** Newest first, without nodes. @throws ArgumentError */
  list(filter: RunFilter, page: Page): Promise<RunPageView>;
  /** @throws RunNotFoundError */
  get(runId: string): Promise<RunDetailView>;
  /** @throws what `runner.start` and `runner.hold` throw */
  create(params: CreateRun): Promise<RunView & { readonly isNew: boolean }>;
  /**
   * Sets a held run going. A COMPLETED run answers with its result, or begins another flow that takes over its records.
   *
   * @throws RunNotFoundError; RunNotHeldError of a run of another status; PayloadInvalidError; FlowNotFoundError, NotAFlowError
   */
  execute(runId: string, params: ExecuteRun): Promise<ExecutedView>;
  /** `false`: it is over already. @throws RunNotFoundError */
  cancel(runId: string, params: { readonly reason?: string }): Promise<{ readonly isAccepted: boolean }>;
  /** @throws RunNotFoundError, RunNotRetryableError, ArgumentError */
  retry(runId: string, params: { readonly from?: string; readonly compensations?: boolean }): Promise<RunRefView>;
  /** @throws what `runner.fork` throws */
  fork(runId: string, params: ForkRun): Promise<ForkView>;
  /** @throws RunNotFoundError, RunOverError, ArgumentError */
  signal(runId: string, name: string, params: { readonly payload?: unknown; readonly id?: string }): Promise<void>;
  /** @throws RunNotFoundError, ArgumentError */
  explain(runId: string, task?: string): Promise<ExplanationView>;
  /** Until the run is over, or the signal is aborted. @throws RunNotFoundError; ArgumentError for a bad cursor */
  events(runId: string, params: { readonly after?: string; readonly signal?: AbortSignal }): AsyncIterable<EventView>;
  /** @throws RunNotFoundError */
  logs(runId: string): Promise<readonly LogLineView[]>;

  /** Cancels runs that are not over. @throws ArgumentError for a filter that names nothing */
  cancelMany(filter: RunFilter, params: { readonly dryRun: boolean; readonly reason?: string }): Promise<BulkView>;
  /** Retries runs that are FAILED or CANCELLED. @throws ArgumentError */
  retryMany(filter: RunFilter, params: { readonly dryRun: boolean }): Promise<BulkView>;

  schedules(): Promise<readonly ScheduleView[]>;
  setSchedule(name: string, params: SetSchedule): Promise<ScheduleView>;
  pauseSchedule(name: string): Promise<void>;
  resumeSchedule(name: string): Promise<void>;
  triggerSchedule(name: string): Promise<RunRefView>;
  /** `false`: there was none. */
  removeSchedule(name: string): Promise<{ readonly isRemoved: boolean }>;

  workers(): Promise<readonly WorkerView[]>;
  queues(): Promise<readonly QueueView[]>;
  health(): Promise<HealthView>;
  /** Deletes runs that ended so long ago. */
  cleanup(params: {
    readonly olderThan: string;
    readonly status?: readonly FinalRunStatus[];
    readonly signal?: AbortSignal;
  }): Promise<CleanupView>;

  close(): Promise<void>;
}
