import type { EntityManager } from 'typeorm';
import type { Clock } from '../core/clock';
import type { TypeflowLogger } from '../core/logger';
import type { TaskContext } from '../core/task-context';
import type { WaitRequest } from '../core/wait';
import type { FlowGraph, FlowNode } from '../graph/workflow-graph';
import type { AttemptSayings } from './attempt-sayings';
import type { AttemptTransactions } from './transactional-method';

/** Whose attempt it is. */
export interface AttemptOwner {
  /** Assembles the arguments and calls the method. Whatever it throws is the attempt's failure. */
  call(context: TaskContext): unknown;
  /** Called once, when the attempt's result is there. */
  onResult?(result: AttemptResult): void;
}

/** One call of a node's method: everything it needs, made by the runner. */
export interface AttemptRequest {
  readonly workflow: string;
  readonly runId: string;
  readonly node: FlowNode;
  /** Of a mapped node: the instance; otherwise -1. */
  readonly index: number;
  /** Which call of this node it is in this run, from 1. */
  readonly attempt: number;
  /** How many of the calls before count against `retries`: not those that a crash, or an earlier generation, ended. */
  readonly failures: number;
  /** Same in every attempt of this node. */
  readonly idempotencyKey: string;
  /** The run's encoded input. */
  readonly input: string;
  /** What is left of `totalTimeout`, ms. */
  readonly totalTimeLeftMs?: number | undefined;
  /** Of a transactional task, where there is a database to commit to. */
  readonly transactions?: AttemptTransactions | undefined;
  readonly environment: AttemptEnvironment;
}

/** What all attempts of a runner share. */
export interface AttemptEnvironment {
  readonly clock: Clock;
  /** Whether `clock` is the machine's: only then can Cockatiel's timers be used. */
  readonly isSystemClock: boolean;
  readonly logger: TypeflowLogger;
  /** A number in [0, 1), for the jitter of backoffs. */
  readonly random: () => number;
  /** The graph of a flow, for a child to be started. @throws what is wrong with the workflow or the name */
  readonly flowOf: (workflow: unknown, flow: string) => FlowGraph;
  /** Whether the error of an attempt that is followed by another is recorded with its stack. Default true. */
  readonly keepsStacks?: boolean | undefined;
  /** Hears what attempts say; without it only the logger does. */
  readonly sayings?: AttemptSayings | undefined;
  /** Cap of one encoded value, bytes. */
  readonly maxValueBytes: number;
  /** What transactional tasks work with where the store has no transactions: a test may have a manager of its own. */
  readonly manager?: EntityManager | undefined;
}

/** How an attempt ended. */
export type AttemptResult =
  | {
      readonly kind: 'completed';
      /** Encoded. */
      readonly value: string;
      /** Length of the value where it is an array. */
      readonly elements?: number | undefined;
      /** It took longer than the timeout, but settled before the timer could fire. */
      readonly overran: boolean;
      /** It is recorded already, in the transaction of its task. */
      readonly isCommitted?: boolean | undefined;
    }
  | {
      readonly kind: 'failed';
      readonly error: unknown;
      readonly isRetryable: boolean;
      /** The backoff drawn for a next attempt, ms. */
      readonly delayMs: number;
      /** `timeout` of this attempt, or the rest of `totalTimeout`, passed. */
      readonly timedOut?: 'timeout' | 'totalTimeout' | undefined;
    }
  | { readonly kind: 'skipped'; readonly reason: string }
  /** It returned a wait: the call is over, its node is not. */
  | { readonly kind: 'waiting'; readonly request: WaitRequest };

export type CompletedResult = Extract<AttemptResult, { readonly kind: 'completed' }>;
