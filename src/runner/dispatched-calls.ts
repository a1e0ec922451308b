import { NO_CODEC } from '../core/codec/sealed';
import { StoreError } from '../core/errors/store-errors';
import { AttemptAbortedError, TotalTimeoutError, WorkerLostError } from '../core/errors/task-errors';
import type { AbortCause } from '../core/errors/task-errors';
import { isFinalNodeStatus } from '../core/statuses';
import type { WorkflowDefinition } from '../decorators/workflow-definition';
import type { AttemptResult } from '../execution/attempt-request';
import type { FlowGraph, FlowNode } from '../graph/workflow-graph';
import { WHOLE } from '../planner/events';
import type { CallAddress, CallResult, ClaimedCall, CodeRef, HeldCall, RecordCallParams } from '../store/dispatch';
import type { Ticket } from './admission';
import { requestOf } from './call-request';
import { toCallResult } from './call-result';
import { entryOf, isTransactional } from './call-ticket';
import { isAnySealed } from './change/compatibility';
import type { DefinitionRegistry } from './definition-registry';
import type { ExecutionHost } from './execution-host';
import { MethodCall } from './method-call';
import { toCallFacts } from './observed-facts';
import { endOf, RunValues } from './run-values';
import { SlotNeeds } from './slot-needs';
import type { TaskSlots } from './task-slots';
import { TransactionalCall } from './transactional-call';

export interface DispatchedCallsParams {
  readonly host: ExecutionHost;
  readonly registry: DefinitionRegistry;
  readonly slots: TaskSlots;
  /** A place is free, and there may be more calls to claim. */
  readonly onFree: () => void;
}

/** One call of another worker's run that this one claimed. */
interface Dispatched {
  readonly claimed: ClaimedCall;
  readonly definition: WorkflowDefinition;
  readonly node: FlowNode;
  readonly values: RunValues;
  readonly enter: () => void;
  /** It has this process' one careful turn: its workers died before. */
  readonly isCareful: boolean;
  readonly ticket?: Ticket | undefined;
  readonly keyError?: unknown;
  /** It was let in: from here on it is made, though `made` is there only after the method's first synchronous steps. */
  hasEntered: boolean;
  made?: MethodCall;
  isAborted: boolean;
  /** Its result is on its way to the store. */
  isRecording: boolean;
}

/** Errors that are thrown without a call: the next one would be refused as well. */
const NO_RETRY = { kind: 'failed', isRetryable: false, delayMs: 0 } as const;

/** How long a worker claims no calls after one that it could not open, ms. */
const SEALED_REST_MS = 30_000;

/**
 * The calls of other workers' runs that this worker makes, because it serves their queue. It only executes attempts: each ends with a
 * result on the call's row, and the owner of the run decides what follows. A call counts as lost as soon as its row does not
 * have the token of its claim any more; then nothing is written.
 *
 * Modes: taking → (`drain`: no new claims, what has started may end → `release`: the rest is aborted; deregistering frees the rows).
 */
export class DispatchedCalls {
  readonly #host: ExecutionHost;
  readonly #slots: TaskSlots;
  readonly #registry: DefinitionRegistry;
  readonly #onFree: () => void;
  readonly #code: readonly CodeRef[];
  readonly #isServing: boolean;
  readonly #isDebugging: boolean;
  readonly #calls = new Map<string, Dispatched>();
  /** Rows of the last poll that this worker has and does not know, by their tokens. */
  #unknown: ReadonlyMap<string, number> = new Map();
  #isDraining = false;
  /** Claims nothing before this instant of the monotonic clock. */
  #restsUntil = -Infinity;
  #wasFull = false;
  #onIdle: (() => void) | undefined;

  constructor({ host, registry, slots, onFree }: DispatchedCallsParams) {
    this.#host = host;
    this.#slots = slots;
    this.#registry = registry;
    this.#onFree = onFree;
    this.#code = registry.queuedTasks;
    this.#isServing = registry.queuedTasks.some(({ queue }) => host.queues.includes(queue));
    this.#isDebugging = host.logger.isLevelEnabled?.('debug') ?? true;
  }

  /** Settles when nothing is running here any more. */
  get ended(): Promise<void> {
    if (this.#calls.size === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#onIdle = resolve));
  }

  /** It would take a call. */
  get hasRoom(): boolean {
    return this.#isServing && !this.#isDraining && this.#slots.free > 0;
  }

  /** One exchange with the store; answers how many calls it gave. A worker none of whose workflows has a task for its queues never asks. */
  async exchange(workerId: string): Promise<number> {
    if (!this.#isServing) return 0;
    const { store, queues, maxCrashes, carefulTurns } = this.#host;
    const before = new Map(this.#calls);
    const isResting = this.#isDraining || this.#host.environment.clock.monotonic() < this.#restsUntil;
    const limit = isResting ? 0 : Math.max(0, this.#slots.free - this.#waiting);
    // Taken before the claim: a suspect must not wait here, where an innocent call could be charged with its crash, or the reverse.
    const takesSuspect = limit > 0 && carefulTurns.free > 0;
    if (takesSuspect) carefulTurns.acquire(() => undefined);
    const suspectFrom = maxCrashes - 1;
    let hasSuspect = false;
    try {
      const claim = { queues, code: this.#code, limit, suspectFrom, takesSuspect };
      const { held, claimed } = await store.dispatches.poll({ workerId, ...(limit > 0 && { claim }) });
      hasSuspect = takesSuspect && claimed.some(({ crashes }) => crashes >= suspectFrom);
      this.#wasFull = claimed.length >= limit;
      this.#reconcile(before, held);
      this.#beginAll(claimed, suspectFrom);
      return claimed.length;
    } finally {
      if (takesSuspect && !hasSuspect) carefulTurns.release();
    }
  }

  /** Calls that were claimed and not made yet: a limit of the fleet may be in their way. */
  get #waiting(): number {
    let count = 0;
    for (const { hasEntered, isRecording } of this.#calls.values()) if (!hasEntered && !isRecording) count++;
    return count;
  }

  /** Compares what this worker thinks it has with what the store says. */
  #reconcile(before: ReadonlyMap<string, Dispatched>, held: readonly HeldCall[]): void {
    const rows = new Map(held.map((row) => [keyOf(row), row]));
    for (const [key, call] of before) {
      if (this.#calls.get(key) !== call || call.isRecording) continue;
      const row = rows.get(key);
      if (row?.token !== call.claimed.token) this.#drop(call, 'lease-lost');
      else if (row.abort !== undefined) this.#abort(call, row.abort);
    }
    this.#releaseUnknown(held.filter((row) => !before.has(keyOf(row)) && !this.#calls.has(keyOf(row))));
  }

  /** Calls of a claim whose answer was lost, or whose result could not be written: others shall have them, if they stay unknown. */
  #releaseUnknown(rows: readonly HeldCall[]): void {
    this.#giveBack(rows.filter((row) => this.#unknown.get(keyOf(row)) === row.token));
    this.#unknown = new Map(rows.map((row) => [keyOf(row), row.token]));
  }

  #giveBack(calls: readonly (CallAddress & { readonly token: number })[]): void {
    if (calls.length === 0) return;
    this.#host.store.dispatches.release({ calls }).catch((error: unknown) => {
      this.#host.logger.warn({ err: error }, 'calls could not be given back; the next poll tries again');
    });
  }

  #beginAll(claimed: readonly ClaimedCall[], suspectFrom: number): void {
    const values = new Map<string, RunValues>();
    for (const call of claimed) {
      const code = this.#registry.codeOfCall(call);
      const isCareful = call.crashes >= suspectFrom;
      const isSealed = this.#restAfterSealed(call);
      if (this.#isDraining || isSealed || code === undefined) {
        this.#giveBack([call]);
        if (isCareful) this.#host.carefulTurns.release();
        continue;
      }
      // A handler of the flow has its own view of it; all others of one run share their values, so that an array is decoded once.
      const key = call.decisive === undefined ? call.runId : keyOf(call);
      let known = values.get(key);
      if (known === undefined) values.set(key, (known = valuesOf(code.flow, call)));
      this.#begin({ claimed: call, definition: code.definition, node: code.node, values: known, isCareful });
    }
  }

  /** A call whose values cannot be opened here is for another worker: this one must not claim it again and again before that one does. */
  #restAfterSealed({ runId, node, input, upstream, sealed }: ClaimedCall): boolean {
    if (sealed === undefined && !isAnySealed(input, upstream)) return false;
    const { environment, logger } = this.#host;
    this.#restsUntil = environment.clock.monotonic() + SEALED_REST_MS;
    logger.warn({ runId, task: node, reason: sealed ?? NO_CODEC }, 'a call cannot be opened here; it is given back');
    return true;
  }

  #begin(parts: Pick<Dispatched, 'claimed' | 'definition' | 'node' | 'values' | 'isCareful'>): void {
    const needs = new SlotNeeds(parts.claimed, this.#host.queueLimits);
    const call: Dispatched = {
      ...parts,
      ...entryOf(parts.node, needs, this.#host),
      enter: () => this.#enter(call),
      hasEntered: false,
      isAborted: false,
      isRecording: false,
    };
    const earlier = this.#calls.get(keyOf(call.claimed));
    // Its result is known to the owner before the answer to it is known here.
    if (earlier !== undefined) this.#drop(earlier, 'lease-lost');
    this.#calls.set(keyOf(call.claimed), call);
    const { crashes } = call.claimed;
    if (crashes >= this.#host.maxCrashes) {
      this.#fail(call, new WorkerLostError(call.node.name, crashes));
    } else if (call.node.edges.some(({ from }) => !hasEnded(call.claimed, from))) {
      // The run was retried since the claim: its records are gone, and this attempt is not wanted any more.
      this.#drop(call, 'lease-lost');
    } else {
      this.#host.admission.acquire(call.enter, call.ticket);
    }
  }

  #enter(call: Dispatched): void {
    const host = this.#host;
    if (!host.isLeaseValid()) {
      // The lease ends here for all calls at once, or is renewed by the poll under way.
      host.admission.release(call.ticket);
      host.environment.clock.setTimer(50, () => {
        if (this.#isCurrent(call) && !call.isRecording) host.admission.acquire(call.enter, call.ticket);
      });
      return;
    }
    const { claimed, node, definition, values } = call;
    const totalTimeLeftMs = totalTimeLeft(node, claimed.firstStartedAt, host.now());
    if (totalTimeLeftMs !== undefined && totalTimeLeftMs <= 0) {
      host.admission.release(call.ticket);
      this.#fail(call, new TotalTimeoutError(node.name, node.options.totalTimeoutMs as number), 'totalTimeout');
      return;
    }
    call.hasEntered = true;
    const { environment } = host;
    call.made = new MethodCall({
      host,
      definition,
      request: requestOf(claimed, { node, totalTimeLeftMs, transactions: this.#transactionsOf(call), environment }),
      site: {
        argumentsOf: (isFirst) => {
          if (call.keyError !== undefined) throw call.keyError;
          return values.argumentsOf(node, claimed.index, isFirst);
        },
        release: () => host.admission.release(call.ticket),
        onResult: (result) => this.#settled(call, result),
      },
      startedAt: host.now(),
      observer: host.telemetry?.callBegun(toCallFacts(claimed, node)),
      isDebugging: this.#isDebugging,
    });
  }

  /** Its commit leaves the result on the row. A call that was lost has left nothing. */
  #transactionsOf(call: Dispatched): TransactionalCall | undefined {
    const host = this.#host;
    const { claimed, node } = call;
    if (host.transactions === undefined || !isTransactional(node, host)) return undefined;
    return new TransactionalCall({
      transactions: host.transactions,
      task: node.name,
      isLeaseValid: () => host.isLeaseValid(),
      completionOf: (result) => ({
        kind: 'call',
        acknowledgesCancel: node.always || node.kind === 'compensation',
        call: { ...addressOf(claimed), result: toCallResult(result, call.made?.startedAt ?? host.now(), host.now()) },
      }),
      onRefused: (refusal) => {
        if (refusal.kind === 'unknown') {
          const fields = { runId: claimed.runId, task: node.name, err: refusal.error };
          host.logger.error(fields, 'it could not be found out whether a task was committed');
        }
        if (refusal.kind !== 'cancelled') this.#drop(call, 'lease-lost');
      },
      release: () => host.admission.releaseTransaction(call.ticket),
    });
  }

  #settled(call: Dispatched, result: AttemptResult): void {
    if (!this.#isCurrent(call)) return;
    call.made?.tellEnd(call.isAborted && result.kind === 'failed' ? 'aborted' : result);
    if (result.kind === 'completed' && result.isCommitted === true) return this.#remove(call);
    void this.#record(call, toCallResult(result, call.made?.startedAt ?? this.#host.now(), this.#host.now()));
  }

  /** Ends an attempt that is not made. */
  #fail(call: Dispatched, error: Error, timedOut?: 'totalTimeout'): void {
    const now = this.#host.now();
    void this.#record(call, toCallResult({ ...NO_RETRY, error, timedOut }, now, now));
  }

  async #record(call: Dispatched, result: CallResult): Promise<void> {
    const { store, logger } = this.#host;
    const { runId, node } = call.claimed;
    call.isRecording = true;
    try {
      const answer = await this.#write(addressOf(call.claimed), result, store);
      if (answer === 'lost') logger.debug({ runId, task: node }, 'the result of a call came too late and is dropped');
    } catch (error) {
      logger.warn({ runId, task: node, err: error }, 'the result of a call could not be recorded; it is called again');
    }
    this.#remove(call);
  }

  /** A result that the database refuses for good ends the attempt all the same, as what it is. */
  async #write(
    at: Omit<RecordCallParams, 'result'>,
    result: CallResult,
    { dispatches }: ExecutionHost['store'],
  ): Promise<'recorded' | 'lost'> {
    try {
      return await dispatches.record({ ...at, result });
    } catch (error) {
      if (!(error instanceof StoreError) || !error.isDataRefused) throw error;
      const { startedAt, finishedAt } = result;
      return dispatches.record({ ...at, result: toCallResult({ ...NO_RETRY, error }, startedAt, finishedAt) });
    }
  }

  /** The owner wants it to stop: a value that it returns all the same still counts, until the owner's patience ends. */
  #abort(call: Dispatched, cause: 'cancel' | 'deadline'): void {
    if (call.isAborted) return;
    call.isAborted = true;
    if (call.hasEntered) call.made?.abort(cause);
    else {
      this.#host.admission.withdraw(call.enter, call.ticket);
      this.#fail(call, new AttemptAbortedError(call.node.name, cause));
    }
  }

  /** Takes nothing new; what waits for a slot is given back. */
  drain(): void {
    this.#isDraining = true;
    for (const call of [...this.#calls.values()]) {
      if (call.hasEntered || call.isRecording) continue;
      this.#drop(call, 'shutdown');
      this.#giveBack([call.claimed]);
    }
  }

  /** Aborts what still runs; its results will not count. */
  release(): void {
    for (const call of [...this.#calls.values()]) if (!call.isRecording) this.#drop(call, 'shutdown');
  }

  /** The lease has ended: others have these calls now. */
  abandonAll(): void {
    for (const call of [...this.#calls.values()]) this.#drop(call, 'lease-lost');
  }

  #drop(call: Dispatched, cause: Exclude<AbortCause, 'timeout'>): void {
    if (!call.hasEntered) this.#host.admission.withdraw(call.enter, call.ticket);
    call.made?.abort(cause);
    call.made?.drop();
    this.#remove(call);
  }

  #remove(call: Dispatched): void {
    if (!this.#isCurrent(call)) return;
    this.#calls.delete(keyOf(call.claimed));
    if (call.isCareful) this.#host.carefulTurns.release();
    if (this.#wasFull && !this.#isDraining) this.#onFree();
    if (this.#calls.size === 0) this.#onIdle?.();
  }

  #isCurrent(call: Dispatched): boolean {
    return this.#calls.get(keyOf(call.claimed)) === call;
  }
}

function addressOf({ runId, node, index, attempt, generation, token }: ClaimedCall): Omit<RecordCallParams, 'result'> {
  return { runId, node, index, attempt, generation, token };
}

function keyOf({ runId, node, index }: CallAddress): string {
  return `${runId} ${node} ${index}`;
}

function valuesOf(flow: FlowGraph, { input, upstream, decisive }: ClaimedCall): RunValues {
  const failed = decisive && flow.byName.get(decisive.node);
  const values = new RunValues(flow, input, () => failed && { node: failed, index: decisive?.index ?? WHOLE });
  for (const stored of upstream) {
    const node = flow.byName.get(stored.node);
    const end = endOf(stored);
    if (node !== undefined && end !== undefined) values.set(node, stored.index, end);
  }
  return values;
}

function hasEnded({ upstream }: ClaimedCall, name: string): boolean {
  return upstream.some(({ node, index, status }) => node === name && index === WHOLE && isFinalNodeStatus(status));
}

/** What is left of `totalTimeout`: it counts from the start of the first attempt, and so not the time in the queue before that. */
function totalTimeLeft(node: FlowNode, firstStartedAt: number | undefined, now: number): number | undefined {
  const { totalTimeoutMs } = node.options;
  if (totalTimeoutMs === false) return undefined;
  return firstStartedAt === undefined ? totalTimeoutMs : firstStartedAt + totalTimeoutMs - now;
}
