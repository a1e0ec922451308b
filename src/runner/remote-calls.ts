import type { Timer } from '../core/clock';
import type { AttemptResult } from '../execution/attempt-request';
import { findNode } from '../graph/find-node';
import type { FlowGraph, FlowNode } from '../graph/workflow-graph';
import type { CancelCause, NodeRef } from '../planner/events';
import type { AttemptAddress, OfferedAttempt, TakenCalls } from '../store/dispatch';
import { refKey } from './call-key';
import { callOffer } from './call-offer';
import type { OfferSource } from './call-offer';
import { fromCallResult } from './call-result';
import type { ExecutionHost } from './execution-host';
import type { StartCommand } from './node-call';

export interface RemoteCallsParams extends OfferSource {
  readonly host: ExecutionHost;
  /** Whether the planner still wants this call. */
  readonly mayStart: (node: FlowNode) => boolean;
  /** Called once per started call. `aborted`: it was told to stop and gave no value. */
  readonly onResult: (ref: NodeRef, result: AttemptResult | 'aborted', firstStartedAt?: number) => void;
  /** What was under way is over, or has waited for long: there may be something to write. */
  readonly onSettled: () => void;
  /** The run belongs to another worker; everything is to be closed. */
  readonly onLost: () => void;
  /** The store could not be told what other workers are to do; everything is to be closed. */
  readonly onFailed: (error: unknown) => void;
}

/** One call that was commanded, and is made elsewhere. */
interface RemoteCall {
  readonly command: StartCommand;
  readonly offeredAt: number;
  isOffered: boolean;
  abortedBy?: CancelCause;
  graceTimer?: Timer;
}

const queuedFlows = new WeakMap<FlowGraph, boolean>();

/** Whether a flow has tasks with a queue of their own: only then need a run of it look for calls that are made elsewhere. */
export function mayCallElsewhere(flow: FlowGraph): boolean {
  let known = queuedFlows.get(flow);
  if (known === undefined) {
    const called = [...flow.nodes, ...flow.compensations.values()];
    known = called.some(({ kind, options }) => kind !== 'flow' && options.queue !== undefined);
    queuedFlows.set(flow, known);
  }
  return known;
}

/** Larger statements would stop the process for too long. */
const MAX_OFFERS = 1_000;
const MAX_RESULTS = 500;

/**
 * The calls of one run that other workers make, because this one does not serve their queue. This side offers them, asks for their
 * abort, and takes their results, which end an attempt for the planner like any other; what follows from that is decided and recorded here.
 * A row is removed only after its result is recorded: if this worker dies in between, the next owner finds it.
 */
export class RemoteCalls {
  readonly #params: RemoteCallsParams;
  readonly #calls = new Map<string, RemoteCall>();
  /** Attempts that an earlier owner offered, until the planner has said whether it wants them. */
  readonly #found = new Map<string, { readonly call: OfferedAttempt; readonly node: FlowNode }>();
  readonly #outbox = new Set<RemoteCall>();
  readonly #toAbort = new Set<RemoteCall>();
  #done: OfferedAttempt[] = [];
  #underWay = 0;
  #isTaking = false;
  #hasBegun = false;
  /** The last `take` was cut off by its limit. */
  #hasMore = false;
  #takenInbox: number;
  #noticedInbox: number;
  #parkTimer: Timer | undefined;
  #hasWaited = false;
  #isClosed = false;

  constructor(params: RemoteCallsParams) {
    this.#params = params;
    this.#takenInbox = this.#noticedInbox = params.run.inbox;
  }

  /** How many calls are made elsewhere, or waited for. */
  get count(): number {
    return this.#calls.size;
  }

  /** Something is on its way to or from the store. */
  get isMoving(): boolean {
    return this.#underWay > 0 || this.#outbox.size > 0 || this.#isTaking;
  }

  /** All there is to do is to wait: nothing is on its way, and nobody is being told to stop. */
  get isIdle(): boolean {
    if (this.isMoving) return false;
    return this.#calls.size === 0 || (this.#isUpToDate && !this.#hasMore && !this.#isAborting);
  }

  get #isUpToDate(): boolean {
    return this.#noticedInbox <= this.#takenInbox;
  }

  get #isAborting(): boolean {
    for (const { abortedBy } of this.#calls.values()) if (abortedBy !== undefined) return true;
    return false;
  }

  /** Nothing has come or gone for `parkAfter`. */
  get hasWaited(): boolean {
    return this.#hasWaited;
  }

  /** There are rows whose results are taken in. */
  get hasDone(): boolean {
    return this.#done.length > 0;
  }

  /** Some of what an earlier owner offered has not been asked for yet. */
  get hasFound(): boolean {
    return this.#found.size > 0;
  }

  /** Reads what an earlier owner offered; before the planner begins. Throws what the store throws. */
  async load(): Promise<void> {
    const { run, flow, host } = this.#params;
    for (const call of await host.store.dispatches.list({ runId: run.id })) {
      const node = findNode(flow, call.node);
      if (node === undefined || call.generation !== run.generation) this.#done.push(call);
      else this.#found.set(refKey({ node, index: call.index }), { call, node });
    }
  }

  /** The planner has begun, and what it asked for may have ended in the meantime. */
  begun(): void {
    this.#hasBegun = true;
    this.#forgetUnwanted();
    this.#takeIfNeeded();
  }

  /**
   * Of what an earlier owner offered, attempts that have a record are wanted no more. One without a record may still be asked for: the
   * backoff before it is not over by this owner's clock.
   */
  #forgetUnwanted(): void {
    const { recorder, mayStart } = this.#params;
    for (const [key, { call, node }] of this.#found) {
      if (call.attempt > recorder.history(node, call.index).attempt && mayStart(node)) continue;
      this.#done.push(call);
      this.#found.delete(key);
    }
  }

  isElsewhere({ kind, options: { queue } }: FlowNode): boolean {
    return kind !== 'flow' && queue !== undefined && !this.#params.host.queues.includes(queue);
  }

  /** Goes on with this very attempt, if an earlier owner offered it: whoever has it may be at work on it. */
  adopt(command: StartCommand): boolean {
    const key = refKey(command);
    if (this.#found.get(key)?.call.attempt !== command.attempt) return false;
    this.#found.delete(key);
    this.#calls.set(key, { command, offeredAt: this.#params.host.now(), isOffered: true });
    // Its result may be there, and have been left where it was.
    this.#takenInbox = -1;
    if (this.#hasBegun) this.#takeIfNeeded();
    this.#stirred();
    return true;
  }

  start(command: StartCommand): void {
    if (!this.#params.mayStart(command.node)) {
      this.#params.onResult(command, 'aborted');
      return;
    }
    const call: RemoteCall = { command, offeredAt: this.#params.host.now(), isOffered: false };
    this.#calls.set(refKey(command), call);
    if (this.#outbox.size === 0) queueMicrotask(() => void this.#offer());
    this.#outbox.add(call);
    this.#stirred();
  }

  async #offer(): Promise<void> {
    const { run, host } = this.#params;
    while (this.#outbox.size > 0 && !this.#isClosed) {
      const calls = [...this.#outbox].slice(0, MAX_OFFERS);
      for (const call of calls) this.#outbox.delete(call);
      const offers = calls.map(({ command }) => callOffer(command, this.#params));
      const { id: runId, epoch, generation } = run;
      this.#underWay++;
      try {
        const answer = await host.store.dispatches.offer({ runId, epoch, generation, calls: offers });
        if (answer === 'lost') this.#params.onLost();
      } catch (error) {
        this.#params.onFailed(error);
      }
      this.#underWay--;
      if (this.#isClosed) return;
      for (const call of calls) {
        call.isOffered = true;
        if (call.abortedBy !== undefined) this.#requestAbort(call);
      }
    }
    this.#settled();
  }

  /** Asks a call to stop; `false` when it is none of these. */
  abort(ref: NodeRef, cause: CancelCause): boolean {
    const call = this.#calls.get(refKey(ref));
    if (call === undefined) return false;
    call.abortedBy = cause;
    if (this.#outbox.delete(call)) {
      this.#remove(call);
      // Not from within the planner's own transition, which commanded the abort.
      queueMicrotask(() => this.#report(call, 'aborted'));
      return true;
    }
    const { clock } = this.#params.host.environment;
    call.graceTimer = clock.setTimer(this.#params.host.timing.cancelGraceMs, () => this.#giveUp(call));
    if (call.isOffered) this.#requestAbort(call);
    return true;
  }

  #requestAbort(call: RemoteCall): void {
    if (this.#toAbort.size === 0) queueMicrotask(() => void this.#sendAborts());
    this.#toAbort.add(call);
  }

  async #sendAborts(): Promise<void> {
    const { run, host } = this.#params;
    const calls = [...this.#toAbort];
    this.#toAbort.clear();
    for (const cause of ['cancel', 'deadline'] as const) {
      const aborted = calls.filter(({ abortedBy }) => abortedBy === cause);
      if (aborted.length === 0 || this.#isClosed) continue;
      const params = { runId: run.id, epoch: run.epoch, calls: aborted.map(addressOf), cause };
      const keys = new Set<string>();
      this.#underWay++;
      try {
        for (const { node, index } of await host.store.dispatches.abort(params)) keys.add(`${node} ${index}`);
      } catch (error) {
        // The grace period goes on, and ends these calls for this run at least.
        host.logger.warn({ runId: run.id, err: error }, 'other workers could not be asked to abort calls');
      }
      this.#underWay--;
      for (const call of aborted) {
        const { node, index } = call.command;
        if (keys.has(`${node.name} ${index}`) && this.#isCurrent(call)) {
          this.#remove(call);
          this.#report(call, 'aborted');
        }
      }
    }
    this.#settled();
  }

  /** Nothing came within the grace period: without its row, whatever comes later is refused. */
  #giveUp(call: RemoteCall): void {
    if (!this.#isCurrent(call)) return;
    this.#remove(call);
    this.#done.push(this.#offered(call));
    this.#ended(call, 'aborted', call.offeredAt, this.#params.host.now());
    this.#settled();
  }

  /** The run's inbox stands at `inbox`: a result may be the reason. */
  noticed(inbox: number): void {
    this.#noticedInbox = Math.max(this.#noticedInbox, inbox);
    this.#takeIfNeeded();
  }

  #takeIfNeeded(): void {
    const isNeeded = this.#hasMore || !this.#isUpToDate;
    if (isNeeded && this.#calls.size > 0 && !this.#isTaking && !this.#isClosed) void this.#take();
  }

  async #take(): Promise<void> {
    const { run, host } = this.#params;
    this.#isTaking = true;
    try {
      const taken = await host.store.dispatches.take({ runId: run.id, limit: MAX_RESULTS });
      if (!this.#isClosed) this.#takeIn(taken);
    } catch (error) {
      // The inbox has still not been looked at: the next poll comes back to it.
      host.logger.warn({ runId: run.id, err: error }, 'results of other workers could not be read; trying again');
      this.#isTaking = false;
      return;
    }
    this.#isTaking = false;
    this.#settled();
  }

  #takeIn({ inbox, ended }: TakenCalls): void {
    const { run, flow } = this.#params;
    this.#hasMore = ended.length === MAX_RESULTS;
    if (!this.#hasMore) this.#takenInbox = Math.max(inbox, this.#takenInbox);
    if (ended.length > 0) this.#stirred();
    for (const { node: name, index, attempt, generation, result } of ended) {
      const node = findNode(flow, name);
      const key = node && refKey({ node, index });
      if (key !== undefined && this.#found.get(key)?.call.attempt === attempt) continue;
      const call = key === undefined ? undefined : this.#calls.get(key);
      // Recorded already, and about to be removed; or of an attempt that nobody waits for.
      this.#done.push({ node: name, index, attempt, generation });
      if (call?.command.attempt !== attempt || generation !== run.generation) continue;
      this.#remove(call);
      const answer = fromCallResult(result);
      // Told to stop, a method that throws has stopped; a value it returns all the same is a value.
      const isStopped = call.abortedBy !== undefined && answer.kind === 'failed';
      this.#ended(call, isStopped ? 'aborted' : answer, result.startedAt, result.finishedAt);
    }
  }

  #ended(call: RemoteCall, answer: AttemptResult | 'aborted', startedAt: number, finishedAt: number): void {
    const { recorder } = this.#params;
    const { command } = call;
    recorder.history(command.node, command.index).started(command.attempt, startedAt);
    recorder.attemptEnded(command, answer, startedAt, finishedAt);
    this.#report(call, answer);
  }

  #report({ command }: RemoteCall, answer: AttemptResult | 'aborted'): void {
    if (this.#isClosed) return;
    const { recorder, onResult } = this.#params;
    onResult(command, answer, recorder.history(command.node, command.index).startedAt);
  }

  /** Rows whose results go into the next record; `remove` them once that is durable. */
  takeDone(): readonly OfferedAttempt[] {
    this.#forgetUnwanted();
    const done = this.#done;
    this.#done = [];
    return done;
  }

  /** Not waited for: a row that stays behind is found by the next owner, or swept when the run is over. */
  remove(done: readonly OfferedAttempt[]): void {
    if (done.length === 0) return;
    const { run, host } = this.#params;
    const { id: runId, epoch } = run;
    host.store.dispatches
      .remove({ runId, epoch, calls: done })
      .catch((error: unknown) => host.logger.debug({ runId, err: error }, 'rows of calls were not removed'))
      .finally(() => {
        if (this.#hasMore) this.#takeIfNeeded();
      });
  }

  /** The run ends without them: their rows go with the last record. */
  dropAll(): void {
    this.#done.push(...[...this.#calls.values()].map((call) => this.#offered(call)));
    for (const { call } of this.#found.values()) this.#done.push(call);
    this.close();
  }

  /** Listens to nothing any more; the rows stay for whoever goes on with the run. */
  close(): void {
    this.#isClosed = true;
    this.#parkTimer?.cancel();
    for (const call of [...this.#calls.values()]) this.#remove(call);
    this.#found.clear();
    this.#outbox.clear();
    this.#toAbort.clear();
    this.#hasMore = false;
  }

  #stirred(): void {
    const { environment, timing } = this.#params.host;
    this.#hasWaited = false;
    this.#parkTimer?.cancel();
    this.#parkTimer = environment.clock.setTimer(timing.parkAfterMs, () => {
      this.#hasWaited = true;
      this.#settled();
    });
  }

  #settled(): void {
    if (this.#isClosed) return;
    if (this.#calls.size === 0) this.#parkTimer?.cancel();
    if (!this.#hasMore) this.#takeIfNeeded();
    this.#params.onSettled();
  }

  #offered(call: RemoteCall): OfferedAttempt {
    return { ...addressOf(call), generation: this.#params.run.generation };
  }

  #isCurrent(call: RemoteCall): boolean {
    return this.#calls.get(refKey(call.command)) === call;
  }

  #remove(call: RemoteCall): void {
    call.graceTimer?.cancel();
    this.#calls.delete(refKey(call.command));
  }
}

function addressOf({ command }: RemoteCall): AttemptAddress {
  return { node: command.node.name, index: command.index, attempt: command.attempt };
}
