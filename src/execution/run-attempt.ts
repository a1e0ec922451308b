import { encode } from '../core/codec/encode';
import { AttemptAbortedError, NotAnArrayError, TaskTimeoutError, TotalTimeoutError } from '../core/errors/task-errors';
import type { AbortCause } from '../core/errors/task-errors';
import { isMappedOver } from '../graph/mapped-over';
import { AttemptContext } from './attempt-context';
import type { AttemptRequest, AttemptResult } from './attempt-request';
import { Disarm, TIMED_OUT, callWithin } from './attempt-timeout';
import { backoffDelayMs } from './backoff';
import { withCurrentTask } from './current-task';
import { isRetryable } from './retry-filter';
import { SkipSignal } from './skip-signal';
import { callThroughPolicy } from './user-policy';
import type { TaskPolicy } from './user-policy';

/**
 * One attempt of one node, from the call of its method to a result that can be recorded.
 *
 * - `result` settles once: when the method does, or when its time is over. It never rejects.
 * - `ended` settles when the method itself has, however late: until then it may still use its connections and its CPU.
 * - `abort` only asks: it aborts `ctx.signal`. Whoever aborts decides how long to wait for the answer.
 */
export class Attempt {
  readonly result: Promise<AttemptResult>;
  readonly #request: AttemptRequest;
  readonly #startedAt: number;
  #controller: AbortController | undefined;
  #abortReason: Error | undefined;
  #method: Promise<unknown> | undefined;
  #hasEnded = false;
  readonly #disarm = new Disarm();

  constructor(request: AttemptRequest) {
    this.#request = request;
    this.#startedAt = request.environment.clock.monotonic();
    this.result = this.#run();
  }

  /** Whether the method itself has ended; after a timeout it may go on long after `result` is there. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Settles (never rejects) when the method has ended. */
  get ended(): Promise<unknown> {
    return this.#method?.catch(() => undefined) ?? Promise.resolve();
  }

  /** Aborts `ctx.signal`, with a reason that says which of the causes it was. */
  abort(cause: Exclude<AbortCause, 'timeout'>): void {
    this.#abort(new AttemptAbortedError(this.#request.node.name, cause));
  }

  /** Nobody waits for `result` any more: it may never settle, and its timer must not keep the process alive. */
  detach(): void {
    this.#disarm.disarm();
  }

  #abort(reason: Error): void {
    if (this.#abortReason !== undefined) return;
    this.#abortReason = reason;
    this.#controller?.abort(reason);
  }

  /** Made when first read: most tasks never look at their signal. */
  #signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  async #run(): Promise<AttemptResult> {
    const limit = limitOf(this.#request);
    try {
      const value = limit === undefined ? await this.#call(undefined) : await this.#callWithin(limit.ms);
      if (value === TIMED_OUT && limit !== undefined) return this.#timedOut(limit);
      return this.#completed(value, limit);
    } catch (error) {
      return error instanceof SkipSignal ? { kind: 'skipped', reason: error.reason } : this.#failed(error);
    }
  }

  #callWithin(timeoutMs: number): Promise<unknown> {
    const { clock, isSystemClock } = this.#request.environment;
    return callWithin(timeoutMs, clock, isSystemClock, this.#disarm, () => this.#call(timeoutMs));
  }

  /** Calls the method, through the user's policy if there is one. */
  #call(timeoutMs: number | undefined): Promise<unknown> {
    const { node, environment } = this.#request;
    const deadlineAt = timeoutMs === undefined ? undefined : environment.clock.now() + timeoutMs;
    const context = new AttemptContext(this.#request, () => this.#signal(), deadlineAt);
    const callOnce = async (): Promise<unknown> => {
      try {
        return await this.#request.call(context);
      } finally {
        this.#hasEnded = true;
      }
    };
    const policy = node.options.policy as TaskPolicy | undefined;
    const { runId, index, attempt } = context;
    this.#method = withCurrentTask({ workflow: this.#request.workflow, runId, task: node.name, index, attempt }, () =>
      policy === undefined ? callOnce() : this.#callThrough(policy, callOnce),
    );
    return this.#method;
  }

  /** With a policy the method has ended when no call of it can follow any more. */
  async #callThrough(policy: TaskPolicy, callOnce: () => Promise<unknown>): Promise<unknown> {
    try {
      return await callThroughPolicy(policy, this.#signal(), async () => {
        this.#hasEnded = false;
        return callOnce();
      });
    } finally {
      this.#hasEnded = true;
    }
  }

  #completed(value: unknown, limit: Limit | undefined): AttemptResult {
    const { node, environment } = this.#request;
    const what = `result of "${node.name}"`;
    const elements = Array.isArray(value) ? value.length : undefined;
    if (elements === undefined && isMappedOver(node)) throw new NotAnArrayError(node.name, typeName(value));
    const overran = limit !== undefined && environment.clock.monotonic() - this.#startedAt > limit.ms;
    return {
      kind: 'completed',
      value: encode(value, { what, maxBytes: environment.maxValueBytes }),
      elements,
      overran,
    };
  }

  #timedOut(limit: Limit): AttemptResult {
    const { node } = this.#request;
    const timedOut = new TaskTimeoutError(node.name, limit.ms);
    this.#abort(timedOut);
    const total = node.options.totalTimeoutMs;
    if (limit.isTotal && total !== false) {
      const error = new TotalTimeoutError(node.name, total, { cause: timedOut });
      return { kind: 'failed', error, isRetryable: false, delayMs: 0, timedOut: 'totalTimeout' };
    }
    return { ...this.#failed(timedOut), timedOut: 'timeout' };
  }

  #failed(error: unknown): AttemptResult & { readonly kind: 'failed' } {
    const { node, failures, environment } = this.#request;
    const { retries } = node.options;
    const delayMs = failures >= retries.max ? 0 : backoffDelayMs(retries, failures + 1, environment.random());
    return { kind: 'failed', error, isRetryable: isRetryable(retries, error), delayMs };
  }
}

/** Starts an attempt. */
export function runAttempt(request: AttemptRequest): Attempt {
  return new Attempt(request);
}

interface Limit {
  readonly ms: number;
  /** The rest of `totalTimeout` is shorter than `timeout`. */
  readonly isTotal: boolean;
}

function limitOf({ node, totalTimeLeftMs }: AttemptRequest): Limit | undefined {
  const { timeoutMs } = node.options;
  if (totalTimeLeftMs !== undefined && (timeoutMs === false || totalTimeLeftMs < timeoutMs)) {
    return { ms: Math.max(1, Math.ceil(totalTimeLeftMs)), isTotal: true };
  }
  return timeoutMs === false ? undefined : { ms: timeoutMs, isTotal: false };
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? `a ${value.constructor?.name ?? 'plain'} object` : typeof value;
}
