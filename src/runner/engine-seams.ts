import type { Clock } from '../core/clock';
import type { Store } from '../store/store';
import { systemClock } from './system-clock';

/** One call of a node's method, before it is made. */
export interface InterceptedCall {
  readonly workflow: string;
  readonly runId: string;
  readonly task: string;
  /** Of a mapped instance; otherwise -1. */
  readonly index: number;
  readonly attempt: number;
  /** What the method gets: the values of its edges, then its context. */
  readonly args: readonly unknown[];
}

/** Stands between the engine and the methods: calls the method by `proceed`, or answers in its place. */
export type CallInterceptor = (call: InterceptedCall, proceed: () => unknown) => unknown;

/** What the engine takes from the world around it. The test runner puts its own in place; everybody else has the machine's. */
export interface EngineSeams {
  readonly clock: Clock;
  /** Whether `clock` is the machine's. */
  readonly isSystemClock: boolean;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Instead of the store that `database` names. */
  readonly store?: Store;
  readonly intercept?: CallInterceptor;
  /** `false`: stacks of errors are recorded of last attempts only. */
  readonly keepsStacks?: boolean;
  /** Aborted when the process is to have died: what it was doing is let go of. That nothing is written any more is the store's part. */
  readonly death?: AbortSignal;
  /**
   * Where an application is still being put together while its runner can be used already: the runner then only connects, and executes nothing before
   * the function that is handed over here is called.
   */
  readonly startsLater?: (start: () => Promise<void>) => void;
  /** How often a run that is awaited is looked up, ms: rarely, where no other process could end it. */
  readonly lookEveryMs?: number;
}

export const systemSeams: EngineSeams = { clock: systemClock, isSystemClock: true, random: Math.random };
