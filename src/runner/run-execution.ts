import type { Timer } from '../core/clock';
import { StoreError } from '../core/errors/store-errors';
import type { WorkflowDefinition } from '../decorators/workflow-definition';
import type { AttemptResult } from '../execution/attempt-request';
import type { FlowGraph } from '../graph/workflow-graph';
import type { Command } from '../planner/commands';
import type { CancelCause, NodeRef, PlannerEvent } from '../planner/events';
import { createState } from '../planner/create-state';
import { flowFailure, isQuiescent, mayStart, nextDueAt } from '../planner/planner-state';
import type { PlannerState } from '../planner/planner-state';
import { transition } from '../planner/transition';
import type { RecordParams, RecordResult, RunChange } from '../store/record';
import type { ClaimedRun } from '../store/worker-lease';
import type { ExecutionEnd, ExecutionHost } from './execution-host';
import { CarefulCalls } from './careful-calls';
import { NodeCalls } from './node-calls';
import type { StartCommand } from './node-calls';
import { RunRecorder } from './run-recorder';
import { Suspicion } from './suspicion';

/** One record is one text per column on its way to the database: larger ones would stop the process for too long. */
const MAX_RECORD = { nodes: 5_000, bytes: 16 * 1024 * 1024 } as const;

/** What waits for the records before it to be durable. */
type Held = Extract<Command, { readonly type: 'start' | 'backoff' }>;

const NOTHING: readonly Held[] = [];

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
  readonly #suspicion: Suspicion;
  readonly #careful: CarefulCalls;
  #timers: Set<Timer> | undefined;
  #held: Held[] = [];
  #runChange: RunChange | undefined;
  #inbox: number;
  #cancelCause: CancelCause | undefined;
  #cancelReason: string | undefined;
  #isFlushing = false;
  #isDraining = false;
  #isLeaving = false;
  #hasEnded = false;
  /** The planner or the store refused what came; only the run's end is still to be written. */
  #broken: { readonly error: unknown } | undefined;
  #settleEnded!: (end: ExecutionEnd) => void;

  constructor(run: ClaimedRun, definition: WorkflowDefinition, flow: FlowGraph, host: ExecutionHost) {
    this.run = run;
    this.#host = host;
    this.#inbox = run.inbox;
    this.#cancelReason = run.cancelReason;
    this.#state = createState(flow);
    this.#recorder = new RunRecorder(run, flow, () => flowFailure(this.#state));
    this.#calls = new NodeCalls({
      run,
      definition,
      flow,
      host,
      recorder: this.#recorder,
      mayStart: (node) => mayStart(this.#state, node),
      onResult: (ref, result) => this.#onResult(ref, result),
    });
    this.#suspicion = new Suspicion(run, flow, host.maxCrashes);
    this.#careful = new CarefulCalls(host.carefulTurns, (command) => this.#announce(command));
    this.ended = new Promise((resolve) => (this.#settleEnded = resolve));
  }

  /** A record that ends, parks or releases the run is on its way: its answer tells whether the run was still this worker's. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Starts or resumes the run. */
  begin(): void {
    if (this.run.isCancelRequested) this.#cancelCause = 'cancel';
    const { deadlineAt } = this.run;
    if (deadlineAt !== undefined) {
      const leftMs = deadlineAt - this.#host.now();
      if (leftMs <= 0) this.#cancelCause ??= 'deadline';
      else this.#after(leftMs, () => this.#cancel('deadline'));
    }
    this.#dispatch({ type: 'begin', records: this.#recorder.restore(), cancel: this.#cancelCause });
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
    this.#flush();
  }

  /** Gives the run back now: running attempts are aborted, and their results will not count. */
  release(): void {
    this.#isDraining = true;
    this.#careful.close();
    this.#calls.dropAll('shutdown');
    this.#flush();
  }

  /** The run belongs to somebody else: stop, and write nothing. */
  abandon(): void {
    if (this.#hasEnded) return;
    this.#calls.dropAll('lease-lost');
    this.#end({ kind: 'lost' });
  }

  /** Records as RUNNING what has been running for longer than `reportAfter`. */
  reportRunning(): void {
    if (!this.#hasEnded && this.#calls.reportRunning()) this.#flush();
  }

  get #acceptedCancel(): { readonly reason: string | undefined } | undefined {
    return this.#cancelCause === 'cancel' ? { reason: this.#cancelReason } : undefined;
  }

  #cancel(cause: CancelCause): void {
    if (this.#hasEnded || this.#cancelCause === 'cancel' || this.#cancelCause === cause) return;
    this.#cancelCause = cause;
    this.#dispatch({ type: 'cancel', cause });
  }

  #onResult(ref: NodeRef, result: AttemptResult | 'aborted'): void {
    if (this.#hasEnded) return;
    this.#careful.ended(ref);
    const { node, index } = ref;
    if (result === 'aborted') this.#dispatch({ type: 'aborted', node, index });
    else if (result.kind === 'completed') this.#dispatch({ type: 'completed', node, index, elements: result.elements });
    else if (result.kind === 'skipped') this.#dispatch({ type: 'skipped', node, index, reason: result.reason });
    else this.#dispatch({ type: 'failed', node, index, isRetryable: result.isRetryable, delayMs: result.delayMs });
  }

  #dispatch(event: PlannerEvent): void {
    if (this.#hasEnded || this.#broken !== undefined) return;
    try {
      for (const command of transition(this.#state, event, this.#host.now())) this.#accept(command);
    } catch (error) {
      this.#break(error);
    }
    this.#flush();
  }

  /** The run cannot go on, and would not if it were begun again: it ends FAILED with what stands in its way. */
  #break(error: unknown): void {
    this.#host.logger.error({ runId: this.run.id, err: error }, 'the run cannot go on and is ended as FAILED');
    this.#calls.dropAll('shutdown');
    this.#careful.close();
    this.#recorder.takeChanges();
    this.#held = [];
    this.#broken = { error };
    this.#runChange = this.#recorder.failRun(error, this.#acceptedCancel);
  }

  #accept(command: Command): void {
    switch (command.type) {
      case 'record':
        return this.#recorder.change(command, this.#host.now());
      case 'start':
        return this.#start(command);
      case 'backoff':
        this.#held.push(command);
        return;
      case 'abort':
        if (this.#careful.withdraw(command)) queueMicrotask(() => this.#onResult(command, 'aborted'));
        else this.#calls.abort(command, command.cause);
        return;
      case 'finish':
        this.#runChange = this.#recorder.finish(command.outcome, this.#acceptedCancel);
    }
  }

  #start(command: StartCommand): void {
    const caution = this.#suspicion.cautionFor(command);
    if (caution === 'careful') this.#careful.start(command);
    else if (caution === 'announced') this.#announce(command);
    else if (caution === 'plain') this.#held.push(command);
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
    this.#held.push(command);
    this.#flush();
  }

  /** Writes what has collected, then carries out what waited for it, until nothing is left or a write is on its way. */
  #flush(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    this.#host.flushTurn.add(this.#flushNow);
  }

  readonly #flushNow = (): void => this.#flushRest();

  // Callbacks and not `await`: this is done several times for each run, and each await costs promises.
  #flushRest(): void {
    try {
      while (!this.#hasEnded && this.#findWork()) {
        const { record, held } = this.#takeStep();
        if (record === undefined) this.#carryOutAll(held);
        else return this.#write(record, held);
      }
      this.#isFlushing = false;
    } catch (error) {
      this.#flushFailed(error);
    }
  }

  #write(record: RecordParams, held: readonly Held[]): void {
    this.#isLeaving = record.run !== undefined;
    this.#host.store.record(record).then(
      (answer) => this.#written(record, answer, held),
      (error: unknown) => this.#flushFailed(error),
    );
  }

  #written(record: RecordParams, answer: RecordResult, held: readonly Held[]): void {
    this.#isLeaving = false;
    try {
      if (this.#isOverAfter(record, answer) || this.#hasEnded) return;
      this.#carryOutAll(held);
    } catch (error) {
      this.#flushFailed(error);
      return;
    }
    this.#flushRest();
  }

  #flushFailed(error: unknown): void {
    this.#isFlushing = false;
    this.#isLeaving = false;
    const isRefused = error instanceof StoreError && error.isDataRefused;
    if (isRefused && this.#broken === undefined && !this.#hasEnded) {
      this.#break(error);
      this.#flush();
      return;
    }
    const { logger } = this.#host;
    logger.error({ runId: this.run.id, err: error }, 'the run could not be recorded and is given up by this worker');
    this.abandon();
  }

  #findWork(): boolean {
    if (this.#runChange !== undefined || this.#held.length > 0 || this.#recorder.hasChanges) return true;
    this.#runChange = this.#giveBack();
    return this.#runChange !== undefined;
  }

  /** When nothing runs: released if the worker drains, parked if the next backoff is far away. */
  #giveBack(): RunChange | undefined {
    if (!this.#calls.isIdle || !this.#careful.isIdle) return undefined;
    if (this.#isDraining) return { kind: 'release' };
    if (!isQuiescent(this.#state)) return undefined;
    const dueAt = nextDueAt(this.#state);
    if (dueAt === undefined) return undefined;
    const wakeDelayMs = Math.min(dueAt, this.run.deadlineAt ?? Infinity) - this.#host.now();
    return wakeDelayMs >= this.#host.timing.parkAfterMs ? { kind: 'park', wakeDelayMs } : undefined;
  }

  /** The next record, where there is anything to write, and what may be done once it is durable. */
  #takeStep(): { readonly record: RecordParams | undefined; readonly held: readonly Held[] } {
    const nodes = this.#recorder.takeChanges(MAX_RECORD);
    // What waits for changes waits for all of them, however many records they take.
    const isWhole = !this.#recorder.hasChanges;
    const held = isWhole ? this.#held : NOTHING;
    const run = isWhole ? this.#runChange : undefined;
    if (isWhole) {
      this.#held = [];
      this.#runChange = undefined;
    }
    if (run === undefined && nodes.length === 0) return { record: undefined, held };
    const { id: runId, epoch, generation } = this.run;
    return { record: { runId, epoch, generation, inbox: this.#inbox, nodes, run }, held };
  }

  /** `true` when the run ended with this record. */
  #isOverAfter(params: RecordParams, answer: RecordResult): boolean {
    if (this.#hasEnded) return true;
    if (answer.kind === 'lost') {
      this.abandon();
      return true;
    }
    this.#inbox = answer.inbox;
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
    if (this.#broken !== undefined) this.#runChange = this.#recorder.failRun(this.#broken.error, this.#acceptedCancel);
    return false;
  }

  #carryOutAll(held: readonly Held[]): void {
    for (const command of held) this.#carryOut(command);
  }

  #carryOut(command: Held): void {
    if (command.type === 'backoff') {
      const { node, index } = command;
      this.#after(command.at - this.#host.now(), () => this.#dispatch({ type: 'due', node, index }));
    } else if (!this.#isDraining) this.#callIfWanted(command);
  }

  /** A cancel may have come while the start was held back: the planner's abort then found no call to tell. */
  #callIfWanted(command: StartCommand): void {
    if (mayStart(this.#state, command.node)) this.#calls.start(command);
    else queueMicrotask(() => this.#onResult(command, 'aborted'));
  }

  #after(delayMs: number, action: () => void): void {
    const timers = (this.#timers ??= new Set());
    const timer = this.#host.environment.clock.setTimer(Math.max(0, delayMs), () => {
      timers.delete(timer);
      action();
    });
    timers.add(timer);
  }

  #end(end: ExecutionEnd): void {
    this.#hasEnded = true;
    for (const timer of this.#timers ?? []) timer.cancel();
    this.#timers?.clear();
    this.#careful.close();
    this.#calls.close();
    this.#settleEnded(end);
  }
}
