import type { EntityManager } from 'typeorm';
import { encode } from '../core/codec/encode';
import { Deferred } from '../core/deferred';
import { AttemptAbortedError, NotAnArrayError, TaskTimeoutError, TotalTimeoutError } from '../core/errors/task-errors';
import { TransactionalWaitError, WaitNotReturnedError } from '../core/errors/task-errors';
import type { AbortCause } from '../core/errors/task-errors';
import { isMappedOver } from '../graph/mapped-over';
import { AttemptContext } from './attempt-context';
import type { ContextSource } from './attempt-context';
import type { AttemptOwner, AttemptRequest, AttemptResult, CompletedResult } from './attempt-request';
import { AttemptTimeout, watchLater } from './attempt-timeout';
import type { TimedCall } from './attempt-timeout';
import { backoffDelayMs } from './backoff';
import { withCurrentTask } from './current-task';
import { isRetryable } from './retry-filter';
import { SkipSignal } from './skip-signal';
import { TransactionalMethod } from './transactional-method';
import type { HeldManager } from './transactional-method';
import { callThroughPolicy } from './user-policy';
import type { TaskPolicy } from './user-policy';

/**
 * One attempt of one node, from the call of its method to a result that can be recorded.
 *
 * - `onResult` is called once, and `result` settles: when the method does, or when its time is over. It never rejects.
 * - `ended` settles when the method itself has, however late: until then it may still use its connections and its CPU.
 * - `abort` only asks: it aborts `ctx.signal`. Whoever aborts decides how long to wait for the answer.
 */
export class Attempt implements TimedCall, ContextSource {
  /** Monotonic ms. */
  readonly startedAt: number;
  readonly #request: AttemptRequest;
  readonly #owner: AttemptOwner;
  readonly #limit: Limit | undefined;
  readonly #transactional: TransactionalMethod | undefined;
  #timeout: AttemptTimeout | undefined;
  #controller: AbortController | undefined;
  #abortReason: Error | undefined;
  #method: Promise<unknown> | undefined;
  #context: AttemptContext | undefined;
  #hasEnded = false;
  /** Its time passed while the commit was on its way. */
  #isLate = false;
  #isDetached = false;
  #result: AttemptResult | undefined;
  #settleResult: ((result: AttemptResult) => void) | undefined;

  constructor(request: AttemptRequest, owner: AttemptOwner) {
    this.#request = request;
    this.#owner = owner;
    const { clock, isSystemClock, random } = request.environment;
    const { transactions } = request;
    this.startedAt = clock.monotonic();
    this.#limit = limitOf(request);
    if (transactions !== undefined) this.#transactional = new TransactionalMethod(transactions, clock, random);
    this.#begin();
    if (this.#limit === undefined) return;
    if (isSystemClock) watchLater(this);
    else this.watch();
  }

  get result(): Promise<AttemptResult> {
    if (this.#result !== undefined) return Promise.resolve(this.#result);
    return new Promise((resolve) => {
      const others = this.#settleResult;
      this.#settleResult = (result) => {
        others?.(result);
        resolve(result);
      };
    });
  }

  get isOver(): boolean {
    return this.#result !== undefined;
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

  /** Whether the work of the task and its completion are being committed: then nobody but the database can say how it ends. */
  get isCommitting(): boolean {
    return this.#transactional?.isCommitting === true;
  }

  /** Where there are no transactions, a test may have a manager of its own. */
  get manager(): EntityManager | undefined {
    const { node, environment, transactions } = this.#request;
    return transactions === undefined && node.options.transactional ? environment.manager : undefined;
  }

  /** Nobody waits for `result` any more: it may never settle, and its timer must not keep the process alive. */
  detach(): void {
    this.#isDetached = true;
    this.#timeout?.disarm();
    this.#transactional?.close();
  }

  get isUnwatched(): boolean {
    return this.#result !== undefined || this.#isDetached;
  }

  watch(): void {
    if (this.#limit === undefined) return;
    const { clock, isSystemClock } = this.#request.environment;
    const restMs = Math.max(1, Math.ceil(this.#limit.ms - (clock.monotonic() - this.startedAt)));
    this.#timeout = new AttemptTimeout(restMs, clock, isSystemClock, () => this.#timedOut());
  }

  #abort(reason: Error): void {
    if (this.#abortReason !== undefined) return;
    this.#abortReason = reason;
    this.#transactional?.stopRepeating();
    this.#controller?.abort(reason);
  }

  /** Made when first read: most tasks never look at their signal. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  #begin(): void {
    this.#hasEnded = false;
    this.#method = this.#call(this.#limit?.ms);
    this.#method.then(
      (value) => this.#returned(value),
      (error: unknown) => this.#threw(error),
    );
  }

  /** Calls the method, through the user's policy if there is one. */
  #call(timeoutMs: number | undefined): Promise<unknown> {
    const { node, environment, workflow } = this.#request;
    const deadlineAt = timeoutMs === undefined ? undefined : environment.clock.now() + timeoutMs;
    const context = new AttemptContext(this.#request, this, deadlineAt);
    this.#context = context;
    const policy = node.options.policy as TaskPolicy | undefined;
    const { runId, index, attempt } = context;
    return withCurrentTask({ workflow, runId, task: node.name, index, attempt }, () =>
      policy === undefined ? this.#callOnce(context) : this.#callThrough(policy, context),
    );
  }

  /** One call of the method; a method that throws at once fails the attempt as a rejection does. */
  #callOnce(context: AttemptContext): Promise<unknown> {
    const transactional = this.#transactional;
    if (transactional !== undefined) {
      return transactional.call((held) => {
        this.#context = context.within(this.#sourceOf(held));
        return this.#owner.call(this.#context);
      }, this.#limit?.ms);
    }
    try {
      return Promise.resolve(this.#owner.call(context));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  #sourceOf(held: HeldManager): ContextSource {
    const signal = (): AbortSignal => this.signal;
    return {
      get signal() {
        return signal();
      },
      get manager() {
        return held.manager;
      },
    };
  }

  /** With a policy the method has ended when no call of it can follow any more. */
  #callThrough(policy: TaskPolicy, context: AttemptContext): Promise<unknown> {
    return callThroughPolicy(policy, this.signal, () => this.#callOnce(context));
  }

  #returned(value: unknown): void {
    this.#hasEnded = true;
    if (this.#result !== undefined) return;
    const result = this.#valueOrFailure(value);
    if (this.#transactional === undefined) this.#settle(result);
    else void this.#endTransaction(this.#transactional, result);
  }

  /** The value counts when it is committed with the work; never rejects. */
  async #endTransaction(transactional: TransactionalMethod, result: AttemptResult): Promise<void> {
    if (result.kind === 'completed') return this.#commit(transactional, result);
    await transactional.abandon();
    if (this.#result === undefined) this.#settle(result);
  }

  async #commit(transactional: TransactionalMethod, result: CompletedResult): Promise<void> {
    let end: AttemptResult;
    try {
      const answer = await transactional.commit(result);
      if (answer.kind === 'again') return await this.#callAgain(transactional, answer.error);
      if (answer.kind === 'refused') end = this.#refused(answer.cause);
      else end = answer.kind === 'committed' ? { ...result, isCommitted: true } : result;
    } catch (error) {
      end = this.#failed(error);
    }
    if (this.#result === undefined) this.#settle(end);
  }

  /** Rolled back for the sake of others, so the method is called once more in this attempt. */
  async #callAgain(transactional: TransactionalMethod, error: unknown): Promise<void> {
    if (this.#isLate) return this.#timedOut();
    const mayRepeat = await transactional.mayRepeat();
    if (this.#result !== undefined) return;
    if (mayRepeat) this.#begin();
    else this.#settle(this.#failed(this.#abortReason ?? error));
  }

  #refused(cause: 'cancel' | 'lease-lost'): AttemptResult {
    const error = new AttemptAbortedError(this.#request.node.name, cause);
    return { kind: 'failed', error, isRetryable: false, delayMs: 0 };
  }

  #valueOrFailure(value: unknown): AttemptResult {
    try {
      return this.#waiting(value) ?? this.#completed(value);
    } catch (error) {
      return this.#failed(error);
    }
  }

  #threw(error: unknown): void {
    this.#hasEnded = true;
    if (this.#result !== undefined) return;
    this.#settle(error instanceof SkipSignal ? { kind: 'skipped', reason: error.reason } : this.#failed(error));
  }

  #settle(result: AttemptResult): void {
    this.#timeout?.disarm();
    this.#result = result;
    this.#transactional?.close();
    this.#settleResult?.(result);
    this.#owner.onResult?.(result);
  }

  /** What came of the waits that the method made; `undefined` when it made none. */
  #waiting(value: unknown): AttemptResult | undefined {
    const waits = this.#context?.waits ?? [];
    const { name } = this.#request.node;
    if (!(value instanceof Deferred)) {
      if (waits.length === 0) return undefined;
      throw new WaitNotReturnedError(
        name,
        `made a wait and returned ${value === undefined ? 'nothing' : 'something else'}`,
      );
    }
    if (waits.length > 1) throw new WaitNotReturnedError(name, `made ${waits.length} waits`);
    if (waits[0] !== value) throw new WaitNotReturnedError(name, 'returned a wait that it did not make in this call');
    if (this.#request.node.options.transactional) throw new TransactionalWaitError(name);
    return { kind: 'waiting', request: Deferred.requestOf(value) };
  }

  #completed(value: unknown): CompletedResult {
    const { node, environment } = this.#request;
    const what = `result of "${node.name}"`;
    const elements = Array.isArray(value) ? value.length : undefined;
    if (elements === undefined && isMappedOver(node)) throw new NotAnArrayError(node.name, typeName(value));
    const limit = this.#limit;
    const overran = limit !== undefined && environment.clock.monotonic() - this.startedAt > limit.ms;
    return {
      kind: 'completed',
      value: encode(value, { what, maxBytes: environment.maxValueBytes }),
      elements,
      overran,
    };
  }

  #timedOut(): void {
    if (this.#result !== undefined || this.#limit === undefined) return;
    if (this.isCommitting) {
      // It may be committed by now: only the answer can say, and it counts.
      this.#isLate = true;
      return;
    }
    const { node } = this.#request;
    const timedOut = new TaskTimeoutError(node.name, this.#limit.ms);
    this.#abort(timedOut);
    const total = node.options.totalTimeoutMs;
    if (this.#limit.isTotal && total !== false) {
      const error = new TotalTimeoutError(node.name, total, { cause: timedOut });
      this.#settle({ kind: 'failed', error, isRetryable: false, delayMs: 0, timedOut: 'totalTimeout' });
    } else this.#settle({ ...this.#failed(timedOut), timedOut: 'timeout' });
  }

  #failed(error: unknown): AttemptResult & { readonly kind: 'failed' } {
    const { node, failures, environment } = this.#request;
    const { retries } = node.options;
    const delayMs = failures >= retries.max ? 0 : backoffDelayMs(retries, failures + 1, environment.random());
    return { kind: 'failed', error, isRetryable: isRetryable(retries, error), delayMs };
  }
}

/** Starts an attempt. */
export function runAttempt(request: AttemptRequest, owner: AttemptOwner): Attempt {
  return new Attempt(request, owner);
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
