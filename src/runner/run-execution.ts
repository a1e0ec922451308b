import { StoreError } from '../core/errors/store-errors';
import type { WorkflowDefinition } from '../decorators/workflow-definition';
import type { AttemptResult } from '../execution/attempt-request';
import type { FlowGraph, FlowNode } from '../graph/workflow-graph';
import type { Command } from '../planner/commands';
import type { CancelCause, NodeRef, PlannerEvent } from '../planner/events';
import { createState } from '../planner/create-state';
import { flowFailure, isQuiescent, mayStart, nextDueAt } from '../planner/planner-state';
import type { PlannerState } from '../planner/planner-state';
import { transition } from '../planner/transition';
import type { NodeWrite, RecordParams, RecordResult, RunChange } from '../store/record';
import type { ClaimedRun } from '../store/worker-lease';
import type { SafeRun } from '../telemetry/safe-telemetry';
import { attemptEvent } from './attempt-event';
import type { ExecutionEnd, ExecutionHost } from './execution-host';
import { CarefulCalls } from './careful-calls';
import { NodeCalls } from './node-calls';
import { observeRecord } from './observed-facts';
import type { StartCommand } from './node-call';
import { mayCallElsewhere, RemoteCalls } from './remote-calls';
import { RunRecorder } from './run-recorder';
import type { Held } from './run-step';
import { StepWriter } from './step-writer';
import { Suspicion } from './suspicion';
import { Timers } from './timers';
import type { Refusal } from './transactional-call';
import { RunWaits } from './waits/run-waits';

/**
 * One run that this worker owns: between the planner, which decides, the attempts, which call the user's methods, and the
 * store, which keeps what happened. Its life:
 *
 * - `begin` restores what the store holds, and the planner's first commands are carried out.
 * - Every end of an attempt, due backoff or cancel is an event for the planner. The changes it commands are collected and written by
 *   one `record` at a time; while one is on its way the next one fills. Only after a change is durable is anything started
 *   that was commanded together with it, or later.
 * - It ends once, by `finished` (the last change and the run's own end are one record), `given-back` (parked, drained, refused) or
 *   `lost` (the epoch moved on: attempts are aborted and nothing is written).
 */
export class RunExecution {
  readonly run: ClaimedRun;
  /** Settles once, never rejects. */
  readonly ended: Promise<ExecutionEnd>;
  readonly #host: ExecutionHost;
  readonly #state: PlannerState;
  readonly #recorder: RunRecorder;
  readonly #calls: NodeCalls;
  /** Only where the flow has tasks with a queue of their own. */
  readonly #remote: RemoteCalls | undefined;
  readonly #suspicion: Suspicion;
  readonly #careful: CarefulCalls;
  /** Hears of this stretch of the run, where there is telemetry. */
  readonly #observer: SafeRun | undefined;
  readonly #timers: Timers;
  readonly #writer: StepWriter;
  /** Made for the first wait: most runs have none. */
  #waits: RunWaits | undefined;
  #cancelCause: CancelCause | undefined;
  #cancelReason: string | undefined;
  #hasBegun = false;
  #isDraining = false;
  #hasEnded = false;
  /** The planner or the store refused what came; only the run's end is still to be written. */
  #broken: { readonly error: unknown } | undefined;
  #settleEnded!: (end: ExecutionEnd) => void;

  constructor(run: ClaimedRun, definition: WorkflowDefinition, flow: FlowGraph, host: ExecutionHost) {
    this.run = run;
    this.#host = host;
    this.#cancelReason = run.cancelReason;
    this.#state = createState(flow);
    this.#timers = new Timers(host.environment.clock);
    this.#observer = host.telemetry?.runBegun(run);
    const onCommitted = (write: NodeWrite): void => this.#tell({ nodes: [write] }, false);
    const { keepsStacks } = host.environment;
    this.#recorder = new RunRecorder(run, flow, () => flowFailure(this.#state), { onCommitted, keepsStacks });
    const shared = {
      run,
      flow,
      host,
      recorder: this.#recorder,
      observer: this.#observer,
      mayStart: (node: FlowNode) => mayStart(this.#state, node),
      onResult: (ref: NodeRef, result: AttemptResult | 'aborted', firstStartedAt?: number) =>
        this.#onResult(ref, result, firstStartedAt),
    };
    this.#calls = new NodeCalls({ ...shared, definition, onRefused: (refusal) => this.#refused(refusal) });
    if (mayCallElsewhere(flow)) {
      this.#remote = new RemoteCalls({
        ...shared,
        flowFailure: () => flowFailure(this.#state),
        onSettled: () => this.#writer.flush(),
        onLost: () => this.abandon(),
        onFailed: (error) => this.#giveUp(error),
      });
    }
    this.#suspicion = new Suspicion(run, flow, host.maxCrashes);
    this.#careful = new CarefulCalls(host.carefulTurns, (command) => this.#announce(command));
    this.#writer = new StepWriter({
      run,
      host,
      recorder: this.#recorder,
      suspicion: this.#suspicion,
      remote: this.#remote,
      hasEnded: () => this.#hasEnded,
      giveBack: () => this.#giveBack(),
      mayHaveChildren: () => this.run.epoch > 1 || this.#waits?.hadChildren === true,
      carryOut: (command) => this.#carryOut(command),
      onAnswer: (params, answer) => this.#isOverAfter(params, answer),
      onFailed: (error) => this.#writeFailed(error),
    });
    this.ended = new Promise((resolve) => (this.#settleEnded = resolve));
  }

  /** A record that ends, parks or releases the run is on its way: its answer tells whether the run was still this worker's. */
  get isLeaving(): boolean {
    return this.#writer.isLeaving;
  }

  /** Starts or resumes the run. */
  begin(): void {
    if (this.run.isCancelRequested) this.#cancelCause = 'cancel';
    const { deadlineAt } = this.run;
    if (deadlineAt !== undefined) {
      const leftMs = deadlineAt - this.#host.now();
      if (leftMs <= 0) this.#cancelCause ??= 'deadline';
      else this.#timers.after(leftMs, () => this.#cancel('deadline'));
    }
    // A run that nobody had before has no calls elsewhere yet.
    if (this.#remote === undefined || this.run.epoch === 1) this.#beginNow();
    else
      this.#remote.load().then(
        () => this.#beginNow(),
        (error: unknown) => this.#giveUp(error),
      );
  }

  /** Calls that others are making go on before a cancel is told, so that they are asked to stop and may still hand in a value. */
  #beginNow(): void {
    if (this.#hasEnded) return;
    this.#hasBegun = true;
    const records = this.#recorder.restore();
    const cause = this.#cancelCause;
    if (cause === undefined || this.#remote?.hasFound !== true)
      this.#dispatch({ type: 'begin', records, cancel: cause });
    else this.#dispatch({ type: 'begin', records }, { type: 'cancel', cause });
    this.#remote?.begun();
  }

  /** The store says where the run's inbox stands. */
  noticed(inbox: number): void {
    if (!this.#hasBegun) return;
    this.#remote?.noticed(inbox);
    this.#waits?.noticed(inbox);
  }

  /** A cancel was accepted by the store. */
  requestCancel(reason: string | undefined): void {
    this.#cancelReason ??= reason;
    this.#cancel('cancel');
  }

  /** Starts nothing more; gives the run back as soon as its running attempts have ended and are recorded. */
  drain(): void {
    this.#isDraining = true;
    this.#careful.withdrawAll();
    this.#calls.withdrawQueued();
    this.#writer.flush();
  }

  /** Gives the run back now: running attempts are aborted, and their results will not count. */
  release(): void {
    this.#isDraining = true;
    this.#careful.close();
    this.#calls.dropAll('shutdown');
    this.#writer.flush();
  }

  /** The run belongs to somebody else: stop, and write nothing. */
  abandon(): void {
    if (this.#hasEnded) return;
    this.#calls.dropAll('lease-lost');
    this.#end({ kind: 'lost' });
  }

  /** Records as RUNNING what has been running for longer than `reportAfter`. */
  reportRunning(): void {
    if (!this.#hasEnded && this.#calls.reportRunning()) this.#writer.flush();
  }

  /** The work of a transactional task was rolled back. */
  #refused(refusal: Refusal): void {
    if (refusal.kind === 'cancelled') this.requestCancel(refusal.reason);
    else if (refusal.kind === 'unknown') this.#giveUp(refusal.error);
    else this.abandon();
  }

  get #acceptedCancel(): { readonly reason: string | undefined } | undefined {
    return this.#cancelCause === 'cancel' ? { reason: this.#cancelReason } : undefined;
  }

  #cancel(cause: CancelCause): void {
    if (this.#hasEnded || this.#cancelCause === 'cancel' || this.#cancelCause === cause) return;
    this.#cancelCause = cause;
    if (this.#hasBegun) this.#dispatch({ type: 'cancel', cause });
  }

  #onResult(ref: NodeRef, result: AttemptResult | 'aborted', firstStartedAt?: number): void {
    if (this.#hasEnded) return;
    this.#careful.ended(ref);
    if (result !== 'aborted' && result.kind === 'completed' && result.isCommitted) this.#suspicion.progressed();
    this.#dispatch(attemptEvent(ref, result, this.#host.now(), firstStartedAt));
  }

  #dispatch(event: PlannerEvent, next?: PlannerEvent): void {
    if (this.#hasEnded || this.#broken !== undefined) return;
    try {
      this.#apply(event);
      if (next !== undefined) this.#apply(next);
    } catch (error) {
      this.#break(error);
    }
    this.#writer.flush();
  }

  /** The run cannot go on, and would not if it were begun again: it ends FAILED with what stands in its way. */
  #break(error: unknown): void {
    this.#host.logger.error({ runId: this.run.id, err: error }, 'the run cannot go on and is ended as FAILED');
    this.#calls.dropAll('shutdown');
    this.#remote?.dropAll();
    this.#careful.close();
    this.#recorder.takeChanges();
    this.#writer.dropHeld();
    this.#broken = { error };
    this.#writer.changeRun(this.#recorder.failRun(error, this.#acceptedCancel));
  }

  #apply(event: PlannerEvent): void {
    const now = this.#host.now();
    for (const command of transition(this.#state, event, now)) this.#accept(command, now);
  }

  #accept(command: Command, now: number): void {
    switch (command.type) {
      case 'record':
        if (command.change.status === 'CANCELLED') this.#waits?.drop(command);
        return this.#recorder.change(command, now);
      case 'start':
        return this.#start(command);
      case 'backoff':
      case 'wait':
        this.#writer.hold(command);
        return;
      case 'abort':
        if (this.#careful.withdraw(command)) queueMicrotask(() => this.#onResult(command, 'aborted'));
        else if (this.#remote?.abort(command, command.cause) !== true) this.#calls.abort(command, command.cause);
        return;
      case 'finish':
        this.#writer.changeRun(this.#recorder.finish(command.outcome, this.#acceptedCancel));
    }
  }

  #start(command: StartCommand): void {
    if (this.#remote?.adopt(command) === true) return;
    if (this.#remote?.isElsewhere(command.node) === true) {
      // What another worker calls cannot have killed this one's predecessors.
      this.#writer.hold(command);
      return;
    }
    const caution = this.#suspicion.cautionFor(command);
    if (caution === 'careful') this.#careful.start(command);
    else if (caution === 'announced') this.#announce(command);
    else if (caution === 'plain') this.#writer.hold(command);
    else {
      this.#recorder.blame(command, this.#suspicion.crashes, this.#host.now());
      const { node, index } = command;
      // Not from within the planner's own transition, which commanded the start.
      queueMicrotask(() => this.#dispatch({ type: 'failed', node, index, isRetryable: false, delayMs: 0 }));
    }
  }

  /** Makes a call once its RUNNING record is durable. */
  #announce(command: StartCommand): void {
    this.#recorder.running(command, this.#host.now());
    this.#writer.hold(command);
    this.#writer.flush();
  }

  #writeFailed(error: unknown): void {
    const isRefused = error instanceof StoreError && error.isDataRefused;
    if (isRefused && this.#broken === undefined && !this.#hasEnded) {
      this.#break(error);
      this.#writer.flush();
      return;
    }
    this.#giveUp(error);
  }

  #giveUp(error: unknown): void {
    const { logger } = this.#host;
    logger.error({ runId: this.run.id, err: error }, 'the run could not be recorded and is given up by this worker');
    this.abandon();
  }

  /** When nothing runs here: released if the worker drains, parked if the next backoff is far away and others' calls take long. */
  #giveBack(): RunChange | undefined {
    if (!this.#calls.isIdle || !this.#careful.isIdle || this.#remote?.isMoving === true) return undefined;
    if (this.#isDraining) return { kind: 'release' };
    if (this.#remote?.isIdle === false || this.#waits?.isMoving === true) return undefined;
    const elsewhere = this.#remote?.count ?? 0;
    if (!isQuiescent(this.#state, elsewhere) || (elsewhere > 0 && this.#remote?.hasWaited !== true)) return undefined;
    const wakeAt = Math.min(nextDueAt(this.#state) ?? Infinity, this.run.deadlineAt ?? Infinity);
    const wakeDelayMs = wakeAt - this.#host.now();
    if (wakeDelayMs < this.#host.timing.parkAfterMs) return undefined;
    return wakeDelayMs === Infinity ? { kind: 'park' } : { kind: 'park', wakeDelayMs };
  }

  /** `true` when the run ended with this record. */
  #isOverAfter(params: RecordParams, answer: RecordResult): boolean {
    if (this.#hasEnded) return true;
    if (answer.kind === 'lost') {
      this.abandon();
      return true;
    }
    this.#tell(params, answer.applied);
    this.#remote?.noticed(answer.inbox);
    this.#waits?.noticed(answer.inbox);
    if (this.#suspicion.crashes > 0 && params.nodes.some(({ status }) => status !== 'RUNNING')) {
      this.#suspicion.progressed();
    }
    if (params.run !== undefined && answer.applied) {
      this.#end(
        params.run.kind === 'finish' ? { kind: 'finished', result: this.#recorder.result() } : { kind: 'given-back' },
      );
      return true;
    }
    if (answer.isCancelRequested) this.requestCancel(answer.cancelReason);
    if (this.#broken !== undefined)
      this.#writer.changeRun(this.#recorder.failRun(this.#broken.error, this.#acceptedCancel));
    return false;
  }

  /** It is durable. @param applied whether the record's change of the run was */
  #tell(record: Pick<RecordParams, 'nodes' | 'run'>, applied: boolean): void {
    const now = this.#host.now();
    this.#host.news.recorded(this.run, record, applied, now);
    if (this.#observer !== undefined) observeRecord(this.#observer, record, applied, now);
  }

  #carryOut(command: Held): void {
    if (command.type === 'wait') this.#wait(command);
    else if (command.type === 'backoff') {
      const { node, index } = command;
      this.#timers.after(command.at - this.#host.now(), () => this.#dispatch({ type: 'due', node, index }));
    } else if (!this.#isDraining) this.#callIfWanted(command);
    else this.#careful.ended(command);
  }

  /** While the worker drains, the run is about to be given back: whoever goes on with it finds the wait recorded. */
  #wait(command: Extract<Held, { readonly type: 'wait' }>): void {
    if (this.#isDraining) return;
    this.#waits ??= new RunWaits({
      run: this.run,
      flow: this.#state.flow,
      host: this.#host,
      recorder: this.#recorder,
      onOver: (event) => this.#dispatch(event),
      onSettled: () => this.#writer.flush(),
      onLost: () => this.abandon(),
    });
    this.#waits.begin(command, command.at);
  }

  /** A cancel may have come while the start was held back: the planner's abort then found no call to tell. */
  #callIfWanted(command: StartCommand): void {
    if (!mayStart(this.#state, command.node)) queueMicrotask(() => this.#onResult(command, 'aborted'));
    else if (this.#remote?.isElsewhere(command.node) === true) this.#remote.start(command);
    else this.#calls.start(command);
  }

  #end(end: ExecutionEnd): void {
    this.#hasEnded = true;
    this.#timers.cancelAll();
    this.#careful.close();
    this.#calls.close();
    this.#remote?.close();
    this.#waits?.close();
    if (end.kind === 'lost') this.#observer?.ended({ outcome: 'lost' });
    this.#settleEnded(end);
  }
}
