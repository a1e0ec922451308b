import { RunnerClosedError } from '../core/errors/run-errors';
import type { ClassToken } from '../di/container-adapter';
import { keepGraphs } from './change/stored-outlines';
import { closeOnSignals } from './close-on-signals';
import type { RunnerParts } from './runner-parts';
import type { ScheduleClock } from './schedules/schedule-clock';
import { queueFigures } from './queue-figures';
import { within } from './within';

/** How long a database that does not answer is waited for with the last log lines, ms. */
const LAST_LINES_MS = 1_000;

/** Closing takes at most 5 s after `drain` in the worker, and 3 s in the store. */
const EXIT_AFTER_DRAIN_MS = 15_000;

/** Opens and closes what a runner is made of. Modes: made, open, closing or closed; the last two are one to its callers. */
export class RunnerLife {
  readonly #parts: RunnerParts;
  readonly #scheduleClock: ScheduleClock | undefined;
  readonly #closed = new AbortController();
  #leave: () => void = () => undefined;
  #stopObserving: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: RunnerParts, scheduleClock: ScheduleClock | undefined) {
    this.#parts = parts;
    this.#scheduleClock = scheduleClock;
  }

  /** Aborted when the runner begins to close. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /**
   * Puts the runner into its container, connects, and starts what works by itself, unless that is to come later. What cannot be started leaves
   * nothing behind.
   *
   * @param signals end the process, after the runner is closed
   */
  async open(token: ClassToken, runner: object, signals: readonly NodeJS.Signals[]): Promise<void> {
    const { container, worker, clock, logger, startsLater } = this.#parts;
    container.register(token, runner);
    // Before the worker takes its first run: a signal must not find it without anybody who listens.
    const ignoreSignals = closeOnSignals({
      signals,
      close: () => this.close(),
      limitMs: (worker?.drainMs ?? 0) + EXIT_AFTER_DRAIN_MS,
      clock,
      logger,
    });
    this.#leave = () => {
      ignoreSignals();
      container.unregister(token);
    };
    await this.#orLeave(() => this.#connect());
    const start = (): Promise<void> => this.#orLeave(() => this.#start());
    if (startsLater === undefined) await start();
    else startsLater(start);
  }

  async #connect(): Promise<void> {
    await this.#parts.store.open();
    await keepGraphs(this.#parts);
    this.#stopObserving = this.#parts.telemetry?.observeQueues(() => queueFigures(this.#parts));
  }

  async #start(): Promise<void> {
    if (this.#closing !== undefined) return;
    const { worker, retention } = this.#parts;
    await worker?.start();
    retention?.start();
    await this.#scheduleClock?.start();
  }

  async #orLeave(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.#stopObserving?.();
      await this.#parts.store.close().catch(() => undefined);
      this.#leave();
      throw error;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Ends what works by itself, tells those who wait, and disconnects. */
  async #close(): Promise<void> {
    this.#closed.abort();
    this.#stopObserving?.();
    const { store, clock, worker, retention, lines, followers, waiters } = this.#parts;
    retention?.close();
    this.#scheduleClock?.close();
    try {
      await worker?.close();
      // Closing has its time, and log lines are not worth more of it.
      await within(clock, lines.flush(), LAST_LINES_MS);
    } finally {
      this.#leave();
      followers.close();
      waiters.close();
      await store.close();
    }
  }

  /** @throws RunnerClosedError */
  ensureOpen(doing: string): void {
    if (this.#closing !== undefined) throw new RunnerClosedError(doing);
  }
}
