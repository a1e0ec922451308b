import type { TypeflowLogger } from '../core/logger';
import type { ContainerAdapter } from '../di/container-adapter';
import type { AttemptEnvironment } from '../execution/attempt-request';
import type { CallInterceptor } from './engine-seams';
import type { Admission } from './admission';
import type { RunResult } from './run-result';
import type { RecordParams } from '../store/record';
import type { Store } from '../store/store';
import type { ClaimedRun } from '../store/worker-lease';
import type { Transactions } from '../store/transactions';
import type { SafeTelemetry } from '../telemetry/safe-telemetry';
import type { FlushTurn } from './flush-turn';
import type { QueueLimits } from './slot-needs';
import type { TaskSlots } from './task-slots';

/** What a worker lends to each of its runs. */
export interface ExecutionHost {
  readonly store: Store;
  readonly container: ContainerAdapter;
  readonly flushTurn: FlushTurn;
  /** Lets calls in: the worker's own places, and the slots it holds of the fleet's limits. */
  readonly admission: Admission;
  readonly queueLimits: QueueLimits;
  /** One place: for calls that may have killed a worker. */
  readonly carefulTurns: TaskSlots;
  /** Where the store has none, transactional tasks are called like others, without `ctx.manager`. */
  readonly transactions: Transactions | undefined;
  readonly maxCrashes: number;
  /** The queues that the worker serves: tasks of other queues are called elsewhere. */
  readonly queues: readonly string[];
  readonly environment: AttemptEnvironment;
  /** What stands between the engine and the methods, in a test. */
  readonly intercept?: CallInterceptor | undefined;
  readonly logger: TypeflowLogger;
  readonly telemetry: SafeTelemetry | undefined;
  readonly timing: ExecutionTiming;
  /** The worker's estimate of the store's clock, epoch ms. */
  now(): number;
  /** Whether the worker's own lease still covers this moment: without it nothing may be started. */
  isLeaseValid(): boolean;
  /** Told of what happens in runs. */
  readonly news: RunNews;
  /** A method went on for `zombieAfter` past its timeout and lost its slot. */
  onZombie(runId: string, task: string): void;
}

/** Hears what happens in the runs that this process executes. */
export interface RunNews {
  claimed(run: ClaimedRun): void;
  /** It is durable. @param applied whether the record's change of the run was */
  recorded(run: ClaimedRun, record: Pick<RecordParams, 'nodes' | 'run'>, applied: boolean, now: number): void;
}

/** Durations in ms; see `WorkerOptions` for their meaning. */
export interface ExecutionTiming {
  readonly parkAfterMs: number;
  readonly reportAfterMs: number;
  readonly cancelGraceMs: number;
  readonly zombieAfterMs: number;
}

/** How this process stopped working on a run. */
export type ExecutionEnd =
  | { readonly kind: 'finished'; readonly result: RunResult }
  /** Parked, released or refused: unfinished, and no longer owned. */
  | { readonly kind: 'given-back' }
  /** Another worker owns it, or the database could not be told. */
  | { readonly kind: 'lost' };
