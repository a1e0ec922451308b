import type { Timer } from '../core/clock';
import type { AbortCause } from '../core/errors/task-errors';
import type { TaskContext } from '../core/task-context';
import type { NodeFunction, WorkflowDefinition } from '../decorators/workflow-definition';
import type { ContainerScope } from '../di/container-adapter';
import type { AttemptResult } from '../execution/attempt-request';
import { runAttempt } from '../execution/run-attempt';
import type { Attempt } from '../execution/run-attempt';
import type { Command } from '../planner/commands';
import type { CancelCause, NodeRef } from '../planner/events';
import type { FlowGraph, FlowNode } from '../graph/workflow-graph';
import type { ClaimedRun } from '../store/worker-lease';
import { Ticket } from './admission';
import { callKey } from './call-key';
import type { ExecutionHost } from './execution-host';
import type { RunRecorder } from './run-recorder';
import { SlotNeeds } from './slot-needs';

export type StartCommand = Extract<Command, { readonly type: 'start' }>;

export interface NodeCallsParams {
  readonly run: ClaimedRun;
  readonly definition: WorkflowDefinition;
  readonly flow: FlowGraph;
  readonly host: ExecutionHost;
  readonly recorder: RunRecorder;
  /** Whether the planner still wants this call, now that it has a slot. */
  readonly mayStart: (node: FlowNode) => boolean;
  /** Called once per started call, unless it was dropped. `aborted`: it was told to stop and gave no value. */
  readonly onResult: (ref: NodeRef, result: AttemptResult | 'aborted') => void;
}

/** One call that was commanded: queued for a slot, or running. */
interface Call {
  readonly command: StartCommand;
  readonly enter: () => void;
  /** Of a call under limits of the fleet. */
  ticket?: Ticket | undefined;
  /** Why it has no key to be limited by: what it fails with. */
  keyError?: unknown;
  attempt?: Attempt;
  startedAt: number;
  startedMonotonic: number;
  abortedBy?: CancelCause;
  isReported: boolean;
  graceTimer?: Timer;
  /** Gives up the slot and the scope, now or when the method has ended; once. */
  letGo?: (() => void) | undefined;
}

/** The calls of one run's methods that are queued or running in this process. */
export class NodeCalls {
  readonly #params: NodeCallsParams;
  readonly #calls = new Map<number, Call>();
  readonly #slotNeeds: SlotNeeds;
  readonly #isDebugging: boolean;
  #isClosed = false;

  constructor(params: NodeCallsParams) {
    this.#params = params;
    this.#slotNeeds = new SlotNeeds(params.run, params.host.queueLimits);
    this.#isDebugging = params.host.logger.isLevelEnabled?.('debug') ?? true;
  }

  /** Nothing is queued or running. */
  get isIdle(): boolean {
    return this.#calls.size === 0;
  }

  start(command: StartCommand): void {
    const call: Call = {
      command,
      enter: () => this.#enter(call),
      startedAt: 0,
      startedMonotonic: 0,
      isReported: false,
    };
    this.#calls.set(this.#keyOf(command), call);
    this.#needSlots(call);
    this.#params.host.admission.acquire(call.enter, call.ticket);
  }

  /** A call that has no key runs into that in its attempt, so that it fails like any other. */
  #needSlots(call: Call): void {
    try {
      const needs = this.#slotNeeds.of(call.command.node);
      if (needs !== undefined) call.ticket = new Ticket(needs);
    } catch (error) {
      call.keyError = error;
    }
  }

  #enter(call: Call): void {
    const { host, run, recorder } = this.#params;
    if (!this.#params.mayStart(call.command.node)) {
      host.admission.release(call.ticket);
      this.#remove(call);
      this.#params.onResult(call.command, 'aborted');
      return;
    }
    if (!host.isLeaseValid()) {
      // Not an end the planner may hear of: the lease's owner abandons or resumes the whole run.
      host.admission.release(call.ticket);
      host.environment.clock.setTimer(50, () => {
        if (this.#calls.get(this.#keyOf(call.command)) === call) host.admission.acquire(call.enter, call.ticket);
      });
      return;
    }
    const { node, index, attempt, totalTimeLeftMs } = call.command;
    const history = recorder.history(node, index);
    call.startedAt = host.now();
    call.startedMonotonic = host.environment.clock.monotonic();
    history.started(attempt, call.startedAt);
    const scope = this.#params.definition.target === undefined ? undefined : host.container.createScope();
    call.attempt = runAttempt({
      workflow: run.workflow,
      runId: run.id,
      node,
      index,
      attempt,
      failures: history.failures,
      idempotencyKey: idempotencyKey(run.id, call.command, history.resetIn),
      input: run.input,
      totalTimeLeftMs,
      call: (context) => this.#invoke(call, scope, context),
      environment: host.environment,
    });
    if (this.#isDebugging) host.logger.debug({ ...this.#fields(call), status: 'RUNNING' }, 'attempt started');
    this.#follow(call, call.attempt, scope);
  }

  /** Calls the method with the values of its edges. */
  #invoke(call: Call, scope: ContainerScope | undefined, context: TaskContext): unknown {
    if (call.keyError !== undefined) throw call.keyError;
    const { definition, recorder } = this.#params;
    const { node, index, attempt } = call.command;
    const args = recorder.values.argumentsOf(node, index, attempt === 1);
    args.push(context);
    if (definition.target !== undefined && scope !== undefined) {
      const instance = scope.resolve(definition.target) as Record<string, NodeFunction>;
      return (instance[node.name] as (...args: unknown[]) => unknown).apply(instance, args);
    }
    return (definition.functions?.get(node.name) as (...args: unknown[]) => unknown)(...args);
  }

  #follow(call: Call, attempt: Attempt, scope: ContainerScope | undefined): void {
    call.letGo = () => {
      call.letGo = undefined;
      if (attempt.hasEnded) this.#leave(call, scope);
      else this.#outlive(call, attempt, scope);
    };
    void attempt.result.then((result) => {
      call.letGo?.();
      this.#settled(call, result);
    });
  }

  /** Nobody waits for the call any more: it keeps its slot as one that outlived its timeout does. */
  #drop(call: Call): void {
    call.attempt?.detach();
    call.letGo?.();
  }

  /** The method has ended: its slot is free, and what its scope made is disposed. */
  #leave(call: Call, scope: ContainerScope | undefined): void {
    this.#params.host.admission.release(call.ticket);
    this.#dispose(call, scope);
  }

  #dispose(call: Call, scope: ContainerScope | undefined): void {
    const { logger } = this.#params.host;
    const warn = (error: unknown): void =>
      logger.warn({ ...this.#fields(call), err: error }, "disposing of the attempt's scope failed");
    try {
      scope?.dispose()?.catch(warn);
    } catch (error) {
      warn(error);
    }
  }

  /** The method goes on though nobody waits for it: it keeps its slot until it ends, at most `zombieAfter`. */
  #outlive(call: Call, attempt: Attempt, scope: ContainerScope | undefined): void {
    const { host, run } = this.#params;
    let keepsSlot = true;
    const zombieTimer = host.environment.clock.setTimer(
      host.timing.zombieAfterMs,
      () => {
        keepsSlot = false;
        host.onZombie(run.id, call.command.node.name);
        host.admission.release(call.ticket);
      },
      { background: true },
    );
    void attempt.ended.then(() => {
      zombieTimer.cancel();
      if (keepsSlot) this.#leave(call, scope);
      else this.#dispose(call, scope);
    });
  }

  #settled(call: Call, result: AttemptResult): void {
    const isDropped = this.#isClosed || this.#calls.get(this.#keyOf(call.command)) !== call;
    if (isDropped) return;
    this.#remove(call);
    // Told to stop, a method that throws has stopped; a value it returns all the same is a value.
    const answer = call.abortedBy !== undefined && result.kind === 'failed' ? 'aborted' : result;
    this.#report(call, answer);
  }

  #report(call: Call, answer: AttemptResult | 'aborted'): void {
    const { host, recorder, onResult } = this.#params;
    const now = host.now();
    recorder.attemptEnded(call.command, answer, call.startedAt, now);
    if (this.#isDebugging) {
      const durationMs = Math.round((host.environment.clock.monotonic() - call.startedMonotonic) * 1_000) / 1_000;
      logEnd(host.logger, { ...this.#fields(call), durationMs }, answer);
    }
    onResult(call.command, answer);
  }

  /** Asks a call to stop; one that is still queued has stopped. */
  abort(ref: NodeRef, cause: CancelCause): void {
    const call = this.#calls.get(this.#keyOf(ref));
    if (call === undefined) return;
    call.abortedBy = cause;
    const { host, onResult } = this.#params;
    if (call.attempt === undefined) {
      host.admission.withdraw(call.enter, call.ticket);
      this.#remove(call);
      // Not from within the planner's own transition, which commanded the abort.
      queueMicrotask(() => onResult(ref, 'aborted'));
      return;
    }
    call.graceTimer = host.environment.clock.setTimer(host.timing.cancelGraceMs, () => {
      this.#remove(call);
      this.#drop(call);
      this.#report(call, 'aborted');
    });
    call.attempt.abort(cause);
  }

  /** Takes back what is still waiting for a slot: it never started. */
  withdrawQueued(): void {
    for (const call of this.#calls.values()) {
      if (call.attempt !== undefined) continue;
      this.#params.host.admission.withdraw(call.enter, call.ticket);
      this.#remove(call);
    }
  }

  /** Aborts everything and listens to nothing any more. */
  dropAll(cause: Exclude<AbortCause, 'timeout'>): void {
    this.withdrawQueued();
    for (const call of [...this.#calls.values()]) {
      this.#remove(call);
      call.attempt?.abort(cause);
      this.#drop(call);
    }
  }

  /** Notes calls that have been running for `reportAfter` as RUNNING; `true` when there are any. */
  reportRunning(): boolean {
    const { host, recorder } = this.#params;
    const before = host.environment.clock.monotonic() - host.timing.reportAfterMs;
    let hasNew = false;
    for (const call of this.#calls.values()) {
      if (call.attempt === undefined || call.isReported || call.startedMonotonic > before) continue;
      call.isReported = true;
      hasNew = true;
      recorder.running(call.command, call.startedAt);
    }
    return hasNew;
  }

  close(): void {
    this.#isClosed = true;
    this.withdrawQueued();
    for (const call of [...this.#calls.values()]) {
      this.#remove(call);
      this.#drop(call);
    }
  }

  #keyOf({ node, index }: NodeRef): number {
    return callKey(this.#params.flow, node, index);
  }

  #remove(call: Call): void {
    call.graceTimer?.cancel();
    this.#calls.delete(this.#keyOf(call.command));
  }

  #fields({ command }: Call): Record<string, unknown> {
    const { run } = this.#params;
    const { node, index, attempt } = command;
    return {
      workflow: run.workflow,
      runId: run.id,
      task: node.name,
      kind: node.kind,
      ...(index < 0 ? {} : { index }),
      attempt,
    };
  }
}

/** Same in every attempt; a node that had completed and was reset is to have its effect again, and gets another one. */
function idempotencyKey(runId: string, { node, index }: NodeRef, resetIn: number | undefined): string {
  return `${runId}:${node.name}${index < 0 ? '' : `:${index}`}${resetIn === undefined ? '' : `#${resetIn}`}`;
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
  else logger.debug({ ...fields, status: 'FAILED', err: answer.error, timedOut: answer.timedOut }, 'attempt failed');
}
