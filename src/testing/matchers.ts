import { inspect } from 'node:util';
import type { RunHandle } from '../runner/run-handle';
import type { NodeRecord, RunRecord } from '../runner/run-record';
import { timeline } from './timeline';

/** What matchers are asked about: a handle, whose run is waited for, or a record as it stands. */
export type MatchedRun = RunHandle<unknown> | RunRecord;

/** What a FAILED run's error is compared with: a part of its message, a pattern, its class, or some of its fields. */
export type ExpectedError =
  string | RegExp | (abstract new (...args: never) => Error) | Readonly<Record<string, unknown>>;

/** The part of jest's and vitest's matcher context that is used. */
export interface MatcherContext {
  equals(a: unknown, b: unknown): boolean;
}

export interface MatcherAnswer {
  readonly pass: boolean;
  readonly message: () => string;
}

/** Typed for `expect`: what the matchers look like to those who call them. */
export interface TypeflowMatchers<R> {
  /** The run ends COMPLETED. */
  toHaveCompleted(): R;
  /** The run ends FAILED; with `error`, by such a one. */
  toHaveFailedWith(error?: ExpectedError): R;
  /** The task ends SKIPPED. */
  toHaveSkipped(task: string): R;
  /** The task was called so many times, as far as recorded: a call that a crash cut off may not be. Of a mapped task, its elements together. */
  toHaveAttempted(task: string, times: number): R;
  /** The compensation of the task ends COMPLETED; of a mapped task, those of all elements that had one. */
  toHaveCompensated(task: string): R;
}

/**
 * Matchers for runs, for `expect.extend`. `typeflow/testing/jest` does that for jest. Each waits for the end of the run (in a test runner by skipping time), so
 * it is awaited, and a failing one shows what happened.
 *
 * @example
 * expect.extend(typeflowMatchers);
 * await expect(run).toHaveAttempted('pay', 3);
 */
export const typeflowMatchers = {
  async toHaveCompleted(this: MatcherContext, received: MatchedRun): Promise<MatcherAnswer> {
    const run = await ended(received);
    return answer(run, run.status === 'COMPLETED', 'the run to end COMPLETED', `it is ${run.status}`);
  },

  async toHaveFailedWith(this: MatcherContext, received: MatchedRun, error?: ExpectedError): Promise<MatcherAnswer> {
    const run = await ended(received);
    const isMet = run.status === 'FAILED' && (error === undefined || isSuch(this, run.error, error));
    const expected = error === undefined ? 'the run to end FAILED' : `the run to end FAILED with ${describe(error)}`;
    const got =
      run.error === undefined
        ? `it is ${run.status}`
        : `it is ${run.status} with ${run.error.name}: ${run.error.message}`;
    return answer(run, isMet, expected, got);
  },

  async toHaveSkipped(this: MatcherContext, received: MatchedRun, task: string): Promise<MatcherAnswer> {
    const run = await ended(received);
    const node = wholeOf(run, task);
    requireNode(run, task);
    return answer(run, node?.status === 'SKIPPED', `"${task}" to be SKIPPED`, standing(node));
  },

  async toHaveAttempted(
    this: MatcherContext,
    received: MatchedRun,
    task: string,
    times: number,
  ): Promise<MatcherAnswer> {
    const run = await ended(received);
    const nodes = run.nodes.filter((node) => node.task === task);
    requireNode(run, task);
    const made = nodes.reduce((sum, { attempt }) => sum + attempt, 0);
    return answer(
      run,
      made === times,
      `"${task}" to have been called ${inTimes(times)}`,
      `it was called ${inTimes(made)}`,
    );
  },

  async toHaveCompensated(this: MatcherContext, received: MatchedRun, task: string): Promise<MatcherAnswer> {
    const run = await ended(received);
    requireNode(run, task);
    const node = run.nodes.find(({ compensates, index }) => compensates === task && index === undefined);
    return answer(run, node?.status === 'COMPLETED', `"${task}" to be compensated`, standing(node));
  },
};

/** The run once it is over; a record is taken as it is. */
async function ended(received: MatchedRun): Promise<RunRecord> {
  if (isRecord(received)) return received;
  if (typeof (received as Partial<RunHandle<unknown>> | null | undefined)?.result !== 'function') {
    if (received instanceof Promise) {
      throw new TypeError('expected a handle of a run, or its record, got a promise: await what t.start returns first');
    }
    throw new TypeError(`expected a handle of a run, or its record, got ${inspect(received, { depth: 0 })}`);
  }
  // How it ends is what is asked; that nothing can end it is told as an error.
  await received.result().catch((error: unknown) => {
    if (!isEnd(error)) throw error;
  });
  const run = await received.get();
  if (run === undefined) throw new TypeError(`run ${received.id} is not there any more`);
  return run;
}

function isRecord(received: MatchedRun): received is RunRecord {
  return Array.isArray((received as Partial<RunRecord> | null | undefined)?.nodes);
}

function isEnd(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return code === 'RUN_FAILED' || code === 'RUN_CANCELLED';
}

function answer(run: RunRecord, pass: boolean, expected: string, got: string): MatcherAnswer {
  return {
    pass,
    message: () => `expected ${pass ? `not ${expected}` : expected}, but ${got}\n\n${timeline(run)}`,
  };
}

function wholeOf(run: RunRecord, task: string): NodeRecord | undefined {
  return run.nodes.find((node) => node.task === task && node.index === undefined);
}

/** A name that is none would let every `not` pass. */
function requireNode(run: RunRecord, task: string): void {
  if (run.nodes.some((node) => node.task === task)) return;
  const names = [...new Set(run.nodes.map((node) => node.task))].join(', ');
  throw new TypeError(`the run of ${run.workflow}.${run.flow} has no node "${task}"; its nodes are ${names}`);
}

function standing(node: NodeRecord | undefined): string {
  return node === undefined ? 'it has no compensation that was called' : `it is ${node.status}`;
}

function inTimes(n: number): string {
  return n === 1 ? 'once' : `${n} times`;
}

function isSuch(context: MatcherContext, error: RunRecord['error'], expected: ExpectedError): boolean {
  if (error === undefined) return false;
  if (typeof expected === 'string') return error.message.includes(expected);
  // Not `test`, which goes on where a pattern with /g last stopped.
  if (expected instanceof RegExp) return error.message.search(expected) >= 0;
  // What was recorded is an error of that name, and no instance of the class any more.
  if (typeof expected === 'function') return expected === Error || error.name === expected.name;
  const fields = error as unknown as Readonly<Record<string, unknown>>;
  return Object.entries(expected).every(([key, value]) => context.equals(fields[key], value));
}

function describe(expected: ExpectedError): string {
  if (typeof expected === 'function') return `an error whose name is "${expected.name}"`;
  return typeof expected === 'string' ? JSON.stringify(expected) : inspect(expected);
}
