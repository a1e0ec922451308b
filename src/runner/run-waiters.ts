import type { Clock, Timer } from '../core/clock';
import { RunNotFoundError, RunnerClosedError, WaitAbortedError } from '../core/errors/run-errors';
import { decodeFailure, rebuildFailure } from '../core/errors/failure-record';
import type { FinalRun, Store } from '../store/store';
import type { ExecutionEnd } from './execution-host';
import type { RunResult } from './run-result';

/** A run that another process executes is looked up at once, after this time, and then after twice as long each time, … */
const FIRST_LOOK_MS = 5;

/** … up to this: what has taken so long may take a while longer. */
const LOOK_EVERY_MS = 250;

/** What ends a wait before the run does. The run itself goes on. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  /** How this process stopped working on the run, where it began it: known here before anybody can ask the store. */
  readonly ended?: Promise<ExecutionEnd> | undefined;
}

interface Waiter {
  readonly settle: (result: RunResult) => void;
  readonly fail: (error: Error) => void;
}

/** Those who wait for one run, and when it is looked up next (monotonic ms). */
interface Awaited {
  readonly waiters: Set<Waiter>;
  lookAt: number;
  delayMs: number;
}

/** Those who wait for the results of runs: told at once of runs that end in this process, and soon of all others. */
export class RunWaiters {
  readonly #store: Store;
  readonly #lookAfterLeftMs: number;
  readonly #leastRestMs: number;
  readonly #firstRestMs: number;
  readonly #lookEveryMs: number;
  readonly #clock: Clock;
  readonly #isLocal: (runId: string) => boolean;
  readonly #awaited = new Map<string, Awaited>();
  #timer: { readonly at: number; readonly timer: Timer } | undefined;
  #isLooking = false;
  /** The store is not asked before this instant: a look is followed by a rest at least as long, however many runs are awaited. */
  #restUntil = -Infinity;

  /** @param isLocal whether this process executes the run, and will call `settle` when it ends
   *  @param restMs between looks, where no other process can execute a run: one that left is told of when this one ends it */
  constructor(store: Store, clock: Clock, isLocal: (runId: string) => boolean, restMs?: number) {
    this.#lookAfterLeftMs = restMs ?? FIRST_LOOK_MS;
    this.#leastRestMs = restMs === undefined ? FIRST_LOOK_MS : 0;
    this.#firstRestMs = restMs ?? FIRST_LOOK_MS;
    this.#lookEveryMs = restMs ?? LOOK_EVERY_MS;
    this.#store = store;
    this.#clock = clock;
    this.#isLocal = isLocal;
  }

  /** Resolves with the run's end. @throws WaitAbortedError, RunnerClosedError, RunNotFoundError */
  wait(runId: string, { signal, timeoutMs, ended }: WaitOptions = {}): Promise<RunResult> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true)
        return reject(new WaitAbortedError(runId, 'its signal was aborted', { cause: signal.reason }));
      const awaited = this.#awaitedOf(runId);
      const { waiters } = awaited;
      let timer: Timer | undefined;
      const leave = (): void => {
        waiters.delete(waiter);
        if (waiters.size === 0 && this.#awaited.get(runId) === awaited) this.#awaited.delete(runId);
        timer?.cancel();
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        settle: (result) => (leave(), resolve(result)),
        fail: (error) => (leave(), reject(error)),
      };
      const onAbort = (): void =>
        waiter.fail(new WaitAbortedError(runId, 'its signal was aborted', { cause: signal?.reason as unknown }));
      signal?.addEventListener('abort', onAbort, { once: true });
      if (timeoutMs !== undefined) {
        timer = this.#clock.setTimer(timeoutMs, () =>
          waiter.fail(new WaitAbortedError(runId, `its timeout of ${timeoutMs} ms passed`)),
        );
      }
      waiters.add(waiter);
      void ended?.then((end) => (end.kind === 'finished' ? waiter.settle(end.result) : this.left(runId)));
      if (ended === undefined && !this.#isLocal(runId)) this.#lookSoon(awaited, 0);
    });
  }

  /** The run has ended in this process. */
  settle(runId: string, result: RunResult): void {
    for (const waiter of [...(this.#awaited.get(runId)?.waiters ?? [])]) waiter.settle(result);
  }

  /** The run left this process unfinished: from now on the store is asked for it. */
  left(runId: string): void {
    const awaited = this.#awaited.get(runId);
    if (awaited !== undefined) this.#lookSoon(awaited, this.#lookAfterLeftMs);
  }

  /** Rejects everyone with `RunnerClosedError`. */
  close(): void {
    for (const { waiters } of this.#awaited.values()) {
      for (const waiter of [...waiters]) waiter.fail(new RunnerClosedError('waiting for a result'));
    }
    this.#timer?.timer.cancel();
  }

  #awaitedOf(runId: string): Awaited {
    let awaited = this.#awaited.get(runId);
    if (awaited === undefined)
      this.#awaited.set(runId, (awaited = { waiters: new Set(), lookAt: Infinity, delayMs: this.#firstRestMs }));
    return awaited;
  }

  #lookSoon(awaited: Awaited, delayMs: number): void {
    awaited.lookAt = Math.min(awaited.lookAt, this.#clock.monotonic() + delayMs);
    awaited.delayMs = this.#firstRestMs;
    this.#schedule(awaited.lookAt);
  }

  /** Wakes at `lookAt`, if it does not do so before. */
  #schedule(lookAt: number): void {
    if (this.#isLooking || lookAt === Infinity) return;
    const at = Math.max(lookAt, this.#restUntil);
    if (this.#timer !== undefined && this.#timer.at <= at) return;
    this.#timer?.timer.cancel();
    const timer = this.#clock.setTimer(Math.max(0, at - this.#clock.monotonic()), () => {
      this.#timer = undefined;
      void this.#lookAtDue();
    });
    this.#timer = { at, timer };
  }

  async #lookAtDue(): Promise<void> {
    const startedAt = this.#clock.monotonic();
    const due = this.#foreign().filter(([, { lookAt }]) => lookAt <= startedAt);
    for (const [, awaited] of due) {
      awaited.lookAt = startedAt + awaited.delayMs;
      awaited.delayMs = Math.min(this.#lookEveryMs, awaited.delayMs * 2);
    }
    this.#isLooking = true;
    await this.#look(due.map(([runId]) => runId));
    this.#isLooking = false;
    const endedAt = this.#clock.monotonic();
    this.#restUntil = endedAt + Math.max(this.#leastRestMs, endedAt - startedAt);
    this.#schedule(this.#foreign().reduce((first, [, { lookAt }]) => Math.min(first, lookAt), Infinity));
  }

  #foreign(): [string, Awaited][] {
    return [...this.#awaited].filter(([runId]) => !this.#isLocal(runId));
  }

  /** Asks the store which of the awaited runs are over. A store that does not answer is asked again. */
  async #look(runIds: readonly string[]): Promise<void> {
    if (runIds.length === 0) return;
    try {
      const { final, unknown } = await this.#store.findFinal({ runIds });
      for (const run of final) this.settle(run.id, toResult(run));
      for (const runId of unknown)
        for (const waiter of [...(this.#awaited.get(runId)?.waiters ?? [])]) waiter.fail(new RunNotFoundError(runId));
    } catch {
      // The worker's polls log a database that does not answer; waiting goes on.
    }
  }
}

function toResult(run: FinalRun): RunResult {
  if (run.status === 'COMPLETED') return { status: 'COMPLETED', output: run.output ?? 'null' };
  if (run.status === 'CANCELLED') return { status: 'CANCELLED', reason: run.cancelReason };
  const failure = decodeFailure(run.error ?? '{"name":"Error","message":"no error was recorded","attempts":0}');
  return { status: 'FAILED', workflow: run.workflow, task: failure.task, cause: rebuildFailure(failure) };
}
