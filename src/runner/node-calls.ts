import type { AbortCause } from '../core/errors/task-errors';
import type { WorkflowDefinition } from '../decorators/workflow-definition';
import type { AttemptResult } from '../execution/attempt-request';
import type { CancelCause, NodeRef } from '../planner/events';
import type { FlowGraph, FlowNode } from '../graph/workflow-graph';
import type { ClaimedRun } from '../store/worker-lease';
import { callKey, idempotencyKey } from './call-key';
import { entryOf, isTransactional } from './call-ticket';
import type { SafeRun } from '../telemetry/safe-telemetry';
import type { ExecutionHost } from './execution-host';
import { MethodCall } from './method-call';
import { NodeCall } from './node-call';
import type { CallGroup, StartCommand } from './node-call';
import type { RunRecorder } from './run-recorder';
import { SlotNeeds } from './slot-needs';
import { TransactionalCall } from './transactional-call';
import type { Refusal } from './transactional-call';

export interface NodeCallsParams {
  readonly run: ClaimedRun;
  readonly definition: WorkflowDefinition;
  readonly flow: FlowGraph;
  readonly host: ExecutionHost;
  readonly recorder: RunRecorder;
  readonly observer: SafeRun | undefined;
  /** Whether the planner still wants this call, now that it has a slot. */
  readonly mayStart: (node: FlowNode) => boolean;
  /** Called once per started call, unless it was dropped. `aborted`: it was told to stop and gave no value. */
  readonly onResult: (ref: NodeRef, result: AttemptResult | 'aborted') => void;
  /** A transactional call could not commit, for what became of the run. */
  readonly onRefused: (refusal: Refusal) => void;
}

/** The calls of one run's methods that are queued or running in this process. */
export class NodeCalls {
  readonly #params: NodeCallsParams;
  readonly #calls = new Map<number, NodeCall>();
  readonly #slotNeeds: SlotNeeds;
  readonly #isDebugging: boolean;
  readonly #group: CallGroup;
  #isClosed = false;

  constructor(params: NodeCallsParams) {
    this.#params = params;
    this.#slotNeeds = new SlotNeeds(params.run, params.host.queueLimits);
    this.#isDebugging = params.host.logger.isLevelEnabled?.('debug') ?? true;
    this.#group = {
      host: params.host,
      recorder: params.recorder,
      enter: (call) => this.#enter(call),
      settled: (call, result) => this.#settled(call, result),
    };
  }

  /** Nothing is queued or running. */
  get isIdle(): boolean {
    return this.#calls.size === 0;
  }

  start(command: StartCommand): void {
    const { ticket, keyError } = entryOf(command.node, this.#slotNeeds, this.#params.host);
    const call = new NodeCall(this.#group, command, ticket, keyError);
    this.#calls.set(this.#keyOf(command), call);
    this.#params.host.admission.acquire(call.enter, ticket);
  }

  #enter(call: NodeCall): void {
    const { host, run, recorder, observer } = this.#params;
    if (!this.#params.mayStart(call.command.node)) {
      call.release();
      this.#remove(call);
      this.#params.onResult(call.command, 'aborted');
      return;
    }
    if (!host.isLeaseValid()) {
      // Not an end the planner may hear of: the lease's owner abandons or resumes the whole run.
      call.release();
      host.environment.clock.setTimer(50, () => {
        if (this.#calls.get(this.#keyOf(call.command)) === call) host.admission.acquire(call.enter, call.ticket);
      });
      return;
    }
    const { node, index, attempt, totalTimeLeftMs } = call.command;
    const { id: runId, workflow, input } = run;
    const history = recorder.history(node, index);
    const startedAt = host.now();
    history.started(attempt, startedAt);
    const { failures } = history;
    call.hasEntered = true;
    call.made = new MethodCall({
      host,
      definition: this.#params.definition,
      request: {
        workflow,
        runId,
        node,
        index,
        attempt,
        failures,
        idempotencyKey: idempotencyKey(runId, call.command, history.resetIn),
        input,
        totalTimeLeftMs,
        transactions: this.#transactionsOf(call),
        environment: host.environment,
      },
      site: call,
      startedAt,
      observer: observer?.attempt({ task: node.name, kind: node.kind, index, attempt, failures }),
      isDebugging: this.#isDebugging,
    });
  }

  /** A task that is called after a cancel, because it always is, may commit after it. */
  #transactionsOf(call: NodeCall): TransactionalCall | undefined {
    const { host, run, recorder, onRefused } = this.#params;
    const { node } = call.command;
    if (host.transactions === undefined || !isTransactional(node, host)) return undefined;
    return new TransactionalCall({
      transactions: host.transactions,
      task: node.name,
      isLeaseValid: () => host.isLeaseValid(),
      completionOf: (result) => ({
        kind: 'node',
        runId: run.id,
        epoch: run.epoch,
        generation: run.generation,
        acknowledgesCancel: node.always || node.kind === 'compensation',
        node: recorder.completionOf(call.command, result, call.made?.startedAt ?? host.now(), host.now()),
      }),
      onRefused,
      release: () => host.admission.releaseTransaction(call.ticket),
    });
  }

  #settled(call: NodeCall, result: AttemptResult): void {
    const isDropped = this.#isClosed || this.#calls.get(this.#keyOf(call.command)) !== call;
    if (isDropped) return;
    this.#remove(call);
    // Told to stop, a method that throws has stopped; a value it returns all the same is a value.
    const answer = call.abortedBy !== undefined && result.kind === 'failed' ? 'aborted' : result;
    this.#report(call, answer);
  }

  #report(call: NodeCall, answer: AttemptResult | 'aborted'): void {
    const { host, recorder, onResult } = this.#params;
    if (call.made !== undefined) {
      recorder.attemptEnded(call.command, answer, call.made.startedAt, host.now());
      call.made.tellEnd(answer);
    }
    onResult(call.command, answer);
  }

  /** Asks a call to stop; one that is still queued has stopped. */
  abort(ref: NodeRef, cause: CancelCause): void {
    const call = this.#calls.get(this.#keyOf(ref));
    if (call === undefined) return;
    call.abortedBy = cause;
    const { host, onResult } = this.#params;
    if (!call.hasEntered) {
      host.admission.withdraw(call.enter, call.ticket);
      this.#remove(call);
      // Not from within the planner's own transition, which commanded the abort.
      queueMicrotask(() => onResult(ref, 'aborted'));
      return;
    }
    call.graceTimer = host.environment.clock.setTimer(host.timing.cancelGraceMs, () => {
      // It may be committed by now: only the answer can say, and it counts.
      if (call.made?.isCommitting === true) return;
      this.#remove(call);
      call.made?.drop();
      this.#report(call, 'aborted');
    });
    call.made?.abort(cause);
  }

  /** Takes back what is still waiting for a slot: it never started. */
  withdrawQueued(): void {
    for (const call of this.#calls.values()) {
      if (call.hasEntered) continue;
      this.#params.host.admission.withdraw(call.enter, call.ticket);
      this.#remove(call);
    }
  }

  /** Aborts everything and listens to nothing any more. */
  dropAll(cause: Exclude<AbortCause, 'timeout'>): void {
    this.withdrawQueued();
    for (const call of [...this.#calls.values()]) {
      this.#remove(call);
      call.made?.abort(cause);
      call.made?.drop();
    }
  }

  /** Notes calls that have been running for `reportAfter` as RUNNING; `true` when there are any. */
  reportRunning(): boolean {
    const { host, recorder } = this.#params;
    const before = host.environment.clock.monotonic() - host.timing.reportAfterMs;
    let hasNew = false;
    for (const call of this.#calls.values()) {
      if (call.made === undefined || call.isReported || call.made.startedMonotonic > before) continue;
      call.isReported = true;
      hasNew = true;
      recorder.running(call.command, call.made.startedAt);
    }
    return hasNew;
  }

  close(): void {
    this.#isClosed = true;
    if (this.#calls.size === 0) return;
    this.withdrawQueued();
    for (const call of [...this.#calls.values()]) {
      this.#remove(call);
      call.made?.drop();
    }
  }

  #keyOf({ node, index }: NodeRef): number {
    return callKey(this.#params.flow, node, index);
  }

  #remove(call: NodeCall): void {
    call.graceTimer?.cancel();
    this.#calls.delete(this.#keyOf(call.command));
  }
}
