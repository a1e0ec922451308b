import { decode } from '../core/codec/decode';
import { parseDuration } from '../core/durations';
import { RunCancelledError, RunFailedError } from '../core/errors/run-errors';
import { RunHandle } from './run-handle';
import type { HandledRun, HandleHost } from './run-handle';
import type { RunWaiters } from './run-waiters';
import type { ResultOptions } from './start-options';
import type { StartedRun } from './start-run';

/** The handles of one runner, and the results that they wait for. */
export class RunHandles {
  readonly #waiters: RunWaiters;
  readonly #host: Omit<HandleHost, 'awaitOutput'>;
  readonly #ensureOpen: (doing: string) => void;
  /** Runs retried here: what a handle from before knows of their end is out of date. */
  readonly #retried = new Set<string>();

  constructor(waiters: RunWaiters, host: Omit<HandleHost, 'awaitOutput'>, ensureOpen: (doing: string) => void) {
    this.#waiters = waiters;
    this.#host = host;
    this.#ensureOpen = ensureOpen;
  }

  of<Output>(run: HandledRun, ended?: StartedRun['ended']): RunHandle<Output> {
    const awaitOutput: HandleHost['awaitOutput'] = (runId, options) => this.output(runId, options, ended);
    return new RunHandle<Output>({ ...this.#host, awaitOutput }, run);
  }

  ofRetried(run: HandledRun): RunHandle<unknown> {
    this.#retried.add(run.id);
    return this.of(run);
  }

  /** The value of a run's flow, once it is over. @param ended of a run that this process has begun */
  async output(runId: string, { signal, timeout }: ResultOptions, ended?: StartedRun['ended']): Promise<unknown> {
    this.#ensureOpen('result');
    const timeoutMs = timeout === undefined ? undefined : parseDuration(timeout, { what: 'result.timeout' });
    const result = await this.#waiters.wait(runId, {
      signal,
      timeoutMs,
      ended: this.#retried.has(runId) ? undefined : ended,
    });
    if (result.status === 'COMPLETED') return decode(result.output);
    if (result.status === 'CANCELLED') throw new RunCancelledError(runId, result.reason);
    throw new RunFailedError(runId, result.task, { cause: result.cause, workflow: result.workflow });
  }
}
