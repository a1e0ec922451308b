import { decode } from '../../core/codec/decode';
import { encode } from '../../core/codec/encode';
import { NotAnArrayError, WaitTimeoutError } from '../../core/errors/task-errors';
import type { RecordedWait } from '../../core/wait';
import { isMappedOver } from '../../graph/mapped-over';
import type { NodeRef, PlannerEvent } from '../../planner/events';
import type { FoundSignal } from '../../store/signals';
import type { ClaimedRun } from '../../store/worker-lease';
import { callKey } from '../call-key';
import type { ExecutionHost } from '../execution-host';
import type { RunRecorder, WaitEnd } from '../run-recorder';
import { Timers } from '../timers';
import { ChildWaits } from './child-waits';
import type { FlowGraph } from '../../graph/workflow-graph';

export interface RunWaitsParams {
  readonly run: ClaimedRun;
  readonly flow: FlowGraph;
  readonly host: ExecutionHost;
  readonly recorder: RunRecorder;
  /** A wait is over. */
  readonly onOver: (event: PlannerEvent) => void;
  /** A look has ended: there may be something to write, or the run to be parked. */
  readonly onSettled: () => void;
  /** The run belongs to another worker. */
  readonly onLost: () => void;
}

/** A wait of the run that is recorded and not over. */
interface OpenWait {
  readonly ref: NodeRef;
  readonly wait: RecordedWait;
  /** Its time is over; of a signal: unless one came before that was not seen yet. */
  isDue: boolean;
}

/** After a look that the database refused. */
const LOOK_AGAIN_MS = 1_000;

/** What a sleep completes with. */
const NOTHING = encode(undefined, { what: 'the value of a sleep', maxBytes: Infinity });

/**
 * The waits of one run while a worker has it: it ends sleeps when their time has come, and looks for signals when a wait for one begins,
 * when the run's inbox has moved, and before a wait times out. A signal is taken by the record of the node that completes with it. Children are
 * the matter of `ChildWaits`.
 *
 * Whoever parks the run asks `isMoving` first: it is true until every move of the inbox that is known has been looked into.
 */
export class RunWaits {
  readonly #params: RunWaitsParams;
  readonly #timers: Timers;
  readonly #open = new Map<number, OpenWait>();
  /** Signals that a node was completed with, whose record may still be on its way. */
  readonly #taken = new Set<string>();
  readonly #children: ChildWaits;
  #hadChildren = false;
  #noticedInbox: number;
  #lookedInbox = -1;
  /** A wait began, or its time came, since the last look was sent: that look cannot answer for it. */
  #isUnasked = false;
  #isLooking = false;
  #isClosed = false;

  constructor(params: RunWaitsParams) {
    this.#params = params;
    this.#timers = new Timers(params.host.environment.clock);
    this.#noticedInbox = params.run.inbox;
    const { run, host, onSettled, onLost } = params;
    const onOver = (ref: NodeRef, end: WaitEnd): void => this.#over(ref, end);
    this.#children = new ChildWaits({ run, host, timers: this.#timers, onOver, onSettled, onLost });
  }

  /** There is something to look for, or a look is under way. */
  get isMoving(): boolean {
    return this.#isLooking || this.#isLookWanted || this.#children.isMoving;
  }

  /** Some task of it asked for a child here. */
  get hadChildren(): boolean {
    return this.#hadChildren;
  }

  /** A wait that is recorded begins, or goes on. @param at when its time is over, epoch ms by the store's clock */
  begin({ node, index }: NodeRef, at: number | undefined): void {
    const { host, recorder, flow } = this.#params;
    const { wait } = recorder.history(node, index);
    if (wait === undefined || this.#isClosed) return;
    const key = callKey(flow, node, index);
    const open: OpenWait = { ref: { node, index }, wait, isDue: false };
    this.#open.set(key, open);
    if (wait.kind === 'child') {
      this.#hadChildren = true;
      this.#children.begin({ node, index }, wait);
    }
    if (at !== undefined) this.#timers.after(at - host.now(), () => this.#due(key, open));
    if (wait.kind !== 'signal') return;
    // A signal may have come before.
    this.#isUnasked = true;
    this.#lookSoon();
  }

  /** The planner ended this call otherwise. */
  drop(ref: NodeRef): void {
    this.#open.delete(callKey(this.#params.flow, ref.node, ref.index));
    this.#children.drop(ref);
  }

  /** The run's inbox stands at `inbox`: a signal may be the reason. */
  noticed(inbox: number): void {
    this.#noticedInbox = Math.max(this.#noticedInbox, inbox);
    this.#children.noticed(inbox);
    this.#lookSoon();
  }

  close(): void {
    this.#isClosed = true;
    this.#children.close();
    this.#timers.cancelAll();
    this.#open.clear();
  }

  #due(key: number, open: OpenWait): void {
    if (this.#open.get(key) !== open) return;
    if (open.wait.kind === 'sleep') {
      this.#over(open.ref, { kind: 'completed', value: NOTHING });
      return;
    }
    open.isDue = true;
    this.#isUnasked = true;
    this.#lookSoon();
  }

  get #isLookWanted(): boolean {
    const mayBeMore = this.#isUnasked || this.#lookedInbox < this.#noticedInbox;
    return mayBeMore && this.#signalWaits().length > 0;
  }

  #signalWaits(): (OpenWait & { readonly wait: { readonly kind: 'signal' } })[] {
    return [...this.#open.values()].filter(
      (open): open is OpenWait & { readonly wait: RecordedWait & { readonly kind: 'signal' } } =>
        open.wait.kind === 'signal',
    );
  }

  /** Looks for all that is asked for within the same turn at once. */
  #lookSoon(): void {
    if (this.#isLooking || this.#isClosed || !this.#isLookWanted) return;
    this.#isLooking = true;
    queueMicrotask(() => void this.#look());
  }

  async #look(): Promise<void> {
    const { run, host } = this.#params;
    const waits = this.#signalWaits();
    const due = new Set(waits.filter(({ isDue }) => isDue));
    this.#isUnasked = false;
    // Those that are taken, but not yet recorded so, are found again.
    const limits = new Map<string, number>();
    for (const { wait } of waits) {
      const { signal } = wait as RecordedWait & { readonly kind: 'signal' };
      limits.set(signal, (limits.get(signal) ?? this.#taken.size) + 1);
    }
    const names = [...limits].map(([name, limit]) => ({ name, limit }));
    try {
      const { inbox, signals } = await host.store.signals.find({ runId: run.id, names });
      this.#isLooking = false;
      if (this.#isClosed) return;
      this.#lookedInbox = inbox;
      this.#noticedInbox = Math.max(this.#noticedInbox, inbox);
      this.#give(waits, due, signals);
    } catch (error) {
      this.#isLooking = false;
      this.#isUnasked = true;
      if (this.#isClosed) return;
      host.logger.warn({ runId: run.id, err: error }, 'signals could not be read; trying again');
      this.#timers.after(LOOK_AGAIN_MS, () => this.#lookSoon());
      return;
    }
    // What began to wait in the meantime was not asked for.
    this.#lookSoon();
    this.#params.onSettled();
  }

  /**
   * Each signal goes to the wait that began first, then to the lowest index.
   *
   * @param due those whose time was over when the store was asked: for one that became due since, a signal may have come in between
   */
  #give(waits: readonly OpenWait[], due: ReadonlySet<OpenWait>, signals: readonly FoundSignal[]): void {
    const queues = new Map<string, FoundSignal[]>();
    for (const signal of signals) {
      if (this.#taken.has(signal.id)) continue;
      const queue = queues.get(signal.name);
      if (queue === undefined) queues.set(signal.name, [signal]);
      else queue.push(signal);
    }
    for (const open of [...waits].sort(firstToWait)) {
      const { ref, wait } = open;
      if (wait.kind !== 'signal' || this.#open.get(callKey(this.#params.flow, ref.node, ref.index)) !== open) continue;
      const signal = queues.get(wait.signal)?.shift();
      if (signal !== undefined) {
        this.#taken.add(signal.id);
        this.#over(ref, { kind: 'completed', value: signal.payload, signalId: signal.id });
      } else if (due.has(open)) {
        const error = new WaitTimeoutError(ref.node.name, wait.signal, wait.timeoutMs ?? 0);
        this.#over(ref, { kind: 'failed', error });
      }
    }
  }

  #over(ref: NodeRef, end: WaitEnd): void {
    const { flow, recorder, onOver } = this.#params;
    const { node, index } = ref;
    this.#open.delete(callKey(flow, node, index));
    const { answer, event } = told(ref, end);
    recorder.waitEnded(ref, answer);
    onOver(event);
  }
}

/** The end of a wait for the planner. What is no array cannot be mapped over; the signal that brought it is taken all the same. */
function told(ref: NodeRef, end: WaitEnd): { readonly answer: WaitEnd; readonly event: PlannerEvent } {
  if (end.kind === 'failed') return { answer: end, event: { type: 'failed', isRetryable: false, delayMs: 0, ...ref } };
  if (!isMappedOver(ref.node)) return { answer: end, event: { type: 'completed', ...ref } };
  const value = decode(end.value);
  if (Array.isArray(value)) return { answer: end, event: { type: 'completed', elements: value.length, ...ref } };
  const error = new NotAnArrayError(ref.node.name, 'a wait that was over with something else');
  return told(ref, { kind: 'failed', error, signalId: end.signalId });
}

function firstToWait(a: OpenWait, b: OpenWait): number {
  return a.wait.since - b.wait.since || a.ref.index - b.ref.index || a.ref.node.position - b.ref.node.position;
}
