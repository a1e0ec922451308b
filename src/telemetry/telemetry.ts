import type { FinalNodeStatus, FinalRunStatus, NodeKind } from '../core/statuses';

/**
 * Who hears what the engine does: spans, metrics, or something of your own. Every member may be left out, and every call is made where the thing
 * happens, so it must be quick. What a member throws is logged once, and harms no run.
 *
 * Instants are epoch ms by the store's clock. A *trace* is text of at most 1,000 characters that stands for a place in a trace: the
 * engine keeps it with what it is about and hands it to whoever goes on, in any process, without looking into it.
 *
 * @example const telemetry: Telemetry = { leaseLost: () => alarm('a worker lost its lease') };
 */
export interface Telemetry {
  /** A run is about to be created; called in the caller's own asynchronous context. */
  starting?(start: StartFacts): StartObserver | undefined;
  /** This process begins a run, or goes on with one: a *stretch* of it. */
  runBegun?(run: RunFacts): RunObserver | undefined;
  /** This process makes an attempt of a run that another worker has. */
  callBegun?(call: CallFacts): AttemptObserver | undefined;
  /** The records of so many runs were committed together. Nothing commits on `memory:`. */
  flushed?(records: number): void;
  /** This process' worker has lost its lease: it took too long to renew it, or the database declared it dead. */
  leaseLost?(): void;
  /** Hands over how the queues are read, whenever somebody wants to know. The function that it answers with ends that. */
  observeQueues?(read: ReadQueues): (() => void) | undefined;
  /** Fields for a line that the engine, or a task, logs now. */
  readonly logFields?: (() => Readonly<Record<string, unknown>> | undefined) | undefined;
}

/** A run that is to be created. */
export interface StartFacts {
  readonly runId: string;
  readonly workflow: string;
  readonly flow: string;
  readonly queue: string;
  /** The schedule whose tick begins it; then the caller's context means nothing. */
  readonly schedule?: string | undefined;
  /** The run whose results it takes over, with the trace that is kept with that. */
  readonly from?: { readonly runId: string; readonly trace?: string | undefined } | undefined;
}

export interface StartObserver {
  /** What is kept with the run, and handed to whoever executes it. */
  readonly trace?: string | undefined;
  /**
   * Called once. `found`: a run with this key or id existed; `elsewhere`: another process made the tick of the schedule.
   */
  ended?(how: StartEnd): void;
}

export type StartEnd =
  | { readonly outcome: 'created' | 'elsewhere' }
  | { readonly outcome: 'found'; readonly runId: string }
  | { readonly outcome: 'failed'; readonly error: unknown };

/** A run that this process has now. */
export interface RunFacts {
  readonly id: string;
  readonly workflow: string;
  readonly version?: string | undefined;
  readonly flow: string;
  readonly queue: string;
  /** 1, and one more for each `retry`. */
  readonly generation: number;
  /** Of this claim: another stretch has another one. */
  readonly epoch: number;
  readonly createdAt: number;
  /** When its first stretch began. */
  readonly startedAt?: number | undefined;
  readonly parentId?: string | undefined;
  /** Of whoever started it, or of the attempt that asked for it as its child. */
  readonly trace?: string | undefined;
}

/** Hears of one stretch of a run. */
export interface RunObserver {
  /** An attempt is made here and now. */
  attempt?(attempt: AttemptFacts): AttemptObserver | undefined;
  /** An attempt is offered to the workers of its queue. Answers with the trace that is handed to whoever makes it. */
  offered?(attempt: AttemptFacts): string | undefined;
  /** It is durable that a node, or an instance of one, is over. */
  nodeEnded?(node: NodeEnd): void;
  /** Called once: the run is over, or this process has it no longer. */
  ended?(end: StretchEnd): void;
}

/** One call of a node's method. */
export interface AttemptFacts {
  readonly task: string;
  readonly kind: NodeKind;
  /** Of an instance of a mapped task; otherwise -1. */
  readonly index: number;
  /** From 1; only grows. */
  readonly attempt: number;
  /** How many attempts before it failed and count against `retries`. */
  readonly failures: number;
}

export interface CallFacts extends AttemptFacts {
  readonly runId: string;
  readonly workflow: string;
  readonly flow: string;
  readonly queue: string;
  /** What the run's owner handed over. */
  readonly trace?: string | undefined;
}

export interface AttemptObserver {
  /** Handed to the child that the attempt asks for, if it does. */
  readonly trace?: string | undefined;
  /**
   * Calls the method, in the context that its own instrumentation is to see; log lines of the engine's about the attempt are written so, too. Must
   * call `body` once, at once, and return what it returns.
   */
  run?<T>(body: () => T): T;
  /** Called once. */
  ended?(end: AttemptEnd): void;
}

/** How an attempt ended. `dropped`: the run was taken from this process, or given back, before the method ended. */
export type AttemptEnd =
  | { readonly outcome: 'completed' | 'aborted' | 'dropped' }
  | { readonly outcome: 'skipped'; readonly reason: string }
  | { readonly outcome: 'waiting'; readonly wait: 'sleep' | 'sleep-until' | 'signal' | 'child' }
  | { readonly outcome: 'failed' | 'timed-out'; readonly error: unknown; readonly isRetryable: boolean };

export interface NodeEnd {
  readonly task: string;
  readonly kind: NodeKind;
  readonly index: number;
  readonly status: FinalNodeStatus;
  /** How many attempts were made. */
  readonly attempt: number;
  /** Of the first attempt; absent where none was made. */
  readonly startedAt?: number | undefined;
  readonly finishedAt?: number | undefined;
  /** Why it was SKIPPED or CANCELLED: a code of `NodeReason`. */
  readonly reason?: string | undefined;
}

/** `parked`: it waits, and nobody has it. `released`: others shall have it. `lost`: others have it. */
export type StretchEnd =
  | { readonly outcome: 'parked' | 'released' | 'lost' }
  /** The run is over; `error` is why it FAILED. */
  | {
      readonly outcome: 'over';
      readonly status: FinalRunStatus;
      readonly at: number;
      readonly error?: { readonly name: string; readonly message: string } | undefined;
    };

/** What stands in a queue that has unfinished runs. */
export interface QueueFigures {
  readonly queue: string;
  /** How many could be executed now. */
  readonly due: number;
  /** How long the oldest of those has been able to, ms; 0 where none is due. */
  readonly oldestMs: number;
}

/** Rejects while the database does not answer. */
export type ReadQueues = () => Promise<readonly QueueFigures[]>;

/** The longest trace that is kept. */
export const MAX_TRACE_LENGTH = 1_000;
