import type { AbortCause } from '../core/errors/task-errors';
import type { TaskContext } from '../core/task-context';
import type { WorkflowDefinition } from '../decorators/workflow-definition';
import type { ContainerScope, InjectableClass } from '../di/container-adapter';
import { isPending, methodOf } from '../di/resolved-instance';
import type { AttemptOwner, AttemptRequest, AttemptResult } from '../execution/attempt-request';
import { runAttempt } from '../execution/run-attempt';
import type { Attempt } from '../execution/run-attempt';
import type { SafeAttempt } from '../telemetry/safe-telemetry';
import { attemptEnd, withTrace } from './attempt-end';
import type { ExecutionHost } from './execution-host';

/** Where a call comes from: what it gets, and who hears of it. */
export interface CallSite {
  /** The values of the node's edges, made anew where an earlier call saw them (`isFirst`). What it throws is the attempt's failure. */
  argumentsOf(isFirst: boolean): unknown[];
  /** Gives back what the call was let in with. */
  release(): void;
  /** Called once, unless the call was dropped before. */
  onResult(result: AttemptResult): void;
}

export interface MethodCallParams {
  readonly host: ExecutionHost;
  readonly definition: WorkflowDefinition;
  readonly request: AttemptRequest;
  readonly site: CallSite;
  /** Epoch ms, by the worker's estimate of the store's clock. */
  readonly startedAt: number;
  /** Who hears of it, where there is telemetry. */
  readonly observer: SafeAttempt | undefined;
  readonly isDebugging: boolean;
}

/**
 * One attempt of a node's method in this process, in a container scope of its own. It is made with a slot that was acquired for it, and
 * gives it back when the method has really ended: one that nobody waits for any more keeps its slot for up to `zombieAfter`.
 */
export class MethodCall implements AttemptOwner {
  readonly #params: MethodCallParams;
  readonly #scope: ContainerScope | undefined;
  readonly #attempt: Attempt;
  #hasLetGo = false;
  #invocations = 0;

  constructor(params: MethodCallParams) {
    const { host, definition, request, isDebugging } = params;
    this.#params = params;
    this.#scope = definition.target === undefined ? undefined : host.container.createScope();
    this.#attempt = runAttempt(request, this);
    if (isDebugging) this.#log(() => host.logger.debug({ ...this.#fields(), status: 'RUNNING' }, 'attempt started'));
  }

  /** Epoch ms, by the worker's estimate of the store's clock. */
  get startedAt(): number {
    return this.#params.startedAt;
  }

  get startedMonotonic(): number {
    return this.#attempt.startedAt;
  }

  /** For its attempt: calls the method. */
  call(context: TaskContext): unknown {
    const { observer } = this.#params;
    return observer === undefined ? this.#invoke(context) : observer.run(() => this.#invoke(context));
  }

  /** For its attempt: the result is there. */
  onResult(result: AttemptResult): void {
    this.#letGo();
    const { site, observer } = this.#params;
    site.onResult(observer === undefined ? result : withTrace(result, observer.trace));
  }

  /** Gives up the slot and the scope, now or when the method has ended; once. */
  #letGo(): void {
    if (this.#hasLetGo) return;
    this.#hasLetGo = true;
    if (this.#attempt.hasEnded) this.#leave();
    else this.#outlive();
  }

  /** Its work and its completion are being committed: it ends soon, and as the database says. */
  get isCommitting(): boolean {
    return this.#attempt.isCommitting;
  }

  /** Only asks: `ctx.signal` is aborted. */
  abort(cause: Exclude<AbortCause, 'timeout'>): void {
    this.#attempt.abort(cause);
  }

  /** Nobody waits for the call any more: it keeps its slot as one that outlived its timeout does. */
  drop(): void {
    this.#attempt.detach();
    this.#params.observer?.ended({ outcome: 'dropped' });
    this.#letGo();
  }

  /** Tells telemetry and log how the call ended, as far as its run is concerned. */
  tellEnd(answer: AttemptResult | 'aborted'): void {
    const { host, isDebugging, observer } = this.#params;
    observer?.ended(attemptEnd(answer));
    if (!isDebugging) return;
    const { clock } = host.environment;
    const durationMs = Math.round((clock.monotonic() - this.#attempt.startedAt) * 1_000) / 1_000;
    this.#log(() => logEnd(host.logger, { ...this.#fields(), durationMs }, answer));
  }

  /** Writes a line as part of the attempt's trace. */
  #log(write: () => void): void {
    const { observer } = this.#params;
    if (observer === undefined) write();
    else observer.run(write);
  }

  #invoke(context: TaskContext): unknown {
    const { host, request, site } = this.#params;
    const { workflow, runId, node, index, attempt } = request;
    const args = site.argumentsOf(attempt === 1 && this.#invocations++ === 0);
    args.push(context);
    if (host.intercept === undefined) return this.#callMethod(args);
    const call = { workflow, runId, task: node.name, index, attempt, args };
    return host.intercept(call, () => this.#callMethod(args));
  }

  /** Calls the method with the values of its edges. */
  #callMethod(args: unknown[]): unknown {
    const { definition, request } = this.#params;
    const { node } = request;
    const { target } = definition;
    if (target === undefined || this.#scope === undefined) {
      return (definition.functions?.get(node.name) as (...args: unknown[]) => unknown)(...args);
    }
    const resolved = this.#scope.resolve(target);
    if (isPending(resolved, target)) return this.#callLater(resolved, target, args);
    return methodOf(resolved, target, node.name).apply(resolved, args);
  }

  /** A call whose time was over, or whose run was cancelled, before its instance was there is not made any more. */
  async #callLater(resolved: PromiseLike<object>, target: InjectableClass, args: unknown[]): Promise<unknown> {
    const instance = await resolved;
    (args.at(-1) as TaskContext).signal.throwIfAborted();
    return methodOf(instance, target, this.#params.request.node.name).apply(instance, args);
  }

  /** The method has ended: its slot is free, and what its scope made is disposed. */
  #leave(): void {
    this.#params.site.release();
    this.#dispose();
  }

  #dispose(): void {
    const { logger } = this.#params.host;
    const warn = (error: unknown): void =>
      logger.warn({ ...this.#fields(), err: error }, "disposing of the attempt's scope failed");
    try {
      this.#scope?.dispose()?.then(undefined, warn);
    } catch (error) {
      warn(error);
    }
  }

  /** The method goes on though nobody waits for it: it keeps its slot until it ends, at most `zombieAfter`. */
  #outlive(): void {
    const { host, request, site } = this.#params;
    let keepsSlot = true;
    const zombieTimer = host.environment.clock.setTimer(
      host.timing.zombieAfterMs,
      () => {
        keepsSlot = false;
        host.onZombie(request.runId, request.node.name);
        site.release();
      },
      { background: true },
    );
    void this.#attempt.ended.then(() => {
      zombieTimer.cancel();
      if (keepsSlot) this.#leave();
      else this.#dispose();
    });
  }

  #fields(): Record<string, unknown> {
    const { workflow, runId, node, index, attempt } = this.#params.request;
    return {
      workflow,
      runId,
      task: node.name,
      kind: node.kind,
      ...(index < 0 ? {} : { index }),
      attempt,
    };
  }
}

function logEnd(
  logger: ExecutionHost['logger'],
  fields: Record<string, unknown>,
  answer: AttemptResult | 'aborted',
): void {
  if (answer === 'aborted') logger.debug({ ...fields, status: 'CANCELLED' }, 'attempt aborted');
  else if (answer.kind === 'completed') logger.debug({ ...fields, status: 'COMPLETED' }, 'attempt completed');
  else if (answer.kind === 'skipped')
    logger.debug({ ...fields, status: 'SKIPPED', reason: answer.reason }, 'attempt skipped');
  else if (answer.kind === 'waiting')
    logger.debug({ ...fields, status: 'WAITING', wait: answer.request }, 'attempt returned a wait');
  else logger.debug({ ...fields, status: 'FAILED', err: answer.error, timedOut: answer.timedOut }, 'attempt failed');
}
