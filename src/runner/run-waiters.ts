import type { Clock, Timer } from '../core/clock';
import { RunNotFoundError, RunnerClosedError, WaitAbortedError } from '../core/errors/run-errors';
import { decodeFailure, rebuildFailure } from '../core/errors/failure-record';
import type { FinalRun, Store } from '../store/store';
import type { ExecutionEnd } from './execution-host';
import type { RunResult } from './run-result';

/** How long the store is left alone between two looks for runs that other processes execute, ms. */
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

/** Those who wait for the results of runs: told at once of runs that end in this process, and soon of all others. */
export class RunWaiters {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #isLocal: (runId: string) => boolean;
  readonly #waiters = new Map<string, Set<Waiter>>();
  #timer: Timer | undefined;

  /** @param isLocal whether this process executes the run, and will call `settle` when it ends */
  constructor(store: Store, clock: Clock, isLocal: (runId: string) => boolean) {
    this.#store = store;
    this.#clock = clock;
    this.#isLocal = isLocal;
  }

  /** Resolves with the run's end. @throws WaitAbortedError, RunnerClosedError, RunNotFoundError */
  wait(runId: string, { signal, timeoutMs, ended }: WaitOptions = {}): Promise<RunResult> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true)
        return reject(new WaitAbortedError(runId, 'its signal was aborted', { cause: signal.reason }));
      const waiters = this.#waitersOf(runId);
      let timer: Timer | undefined;
      const leave = (): void => {
        waiters.delete(waiter);
        if (waiters.size === 0) this.#waiters.delete(runId);
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
      if (ended === undefined && !this.#isLocal(runId)) this.#schedule(0);
    });
  }

  /** The run has ended in this process. */
  settle(runId: string, result: RunResult): void {
    for (const waiter of this.#waiters.get(runId) ?? []) waiter.settle(result);
  }

  /** The run left this process unfinished: from now on the store is asked for it. */
  left(runId: string): void {
    if (this.#waiters.has(runId)) this.#schedule(LOOK_EVERY_MS);
  }

  /** Rejects everyone with `RunnerClosedError`. */
  close(): void {
    this.#timer?.cancel();
    for (const waiters of this.#waiters.values()) {
      for (const waiter of [...waiters]) waiter.fail(new RunnerClosedError('waiting for a result'));
    }
  }

  #waitersOf(runId: string): Set<Waiter> {
    let waiters = this.#waiters.get(runId);
    if (waiters === undefined) this.#waiters.set(runId, (waiters = new Set()));
    return waiters;
  }

  #schedule(delayMs: number): void {
    this.#timer ??= this.#clock.setTimer(delayMs, () => {
      void this.#look().finally(() => {
        this.#timer = undefined;
        if (this.#foreign().length > 0) this.#schedule(LOOK_EVERY_MS);
      });
    });
  }

  #foreign(): string[] {
    return [...this.#waiters.keys()].filter((runId) => !this.#isLocal(runId));
  }

  /** Asks the store which of the awaited runs are over. A store that does not answer is asked again. */
  async #look(): Promise<void> {
    const runIds = this.#foreign();
    if (runIds.length === 0) return;
    try {
      const { final, unknown } = await this.#store.findFinal({ runIds });
      for (const run of final) this.settle(run.id, toResult(run));
      for (const runId of unknown)
        for (const waiter of [...(this.#waiters.get(runId) ?? [])]) waiter.fail(new RunNotFoundError(runId));
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
