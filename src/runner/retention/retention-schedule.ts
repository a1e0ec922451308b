import type { Clock, Timer } from '../../core/clock';
import type { TypeflowLogger } from '../../core/logger';
import type { Store } from '../../store/store';
import { cleanUp } from './clean-up';
import type { RetentionSettings } from './retention-options';

export interface RetentionScheduleParams {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: TypeflowLogger;
  readonly settings: RetentionSettings;
  /** Of the worker in whose name it asks for a turn: another one after each new registration. */
  readonly workerId: () => string;
  /** 0 to 1. */
  readonly random: () => number;
}

/** A process that lives for less than `every` asks, too: the first time after at most this long, ms. */
const FIRST_WITHIN_MS = 60_000;

/**
 * One worker's part in the fleet's cleanups. It asks for a turn when the next round is due, by the store's clock, with a delay drawn
 * anew each time, so that a fleet does not ask all at once; whoever is first does the round, and the others ask again when the
 * next one is due. A round ends after `every` at the latest, so that two never overlap.
 */
export class RetentionSchedule {
  readonly #params: RetentionScheduleParams;
  readonly #closing = new AbortController();
  #timer: Timer | undefined;

  constructor(params: RetentionScheduleParams) {
    this.#params = params;
  }

  start(): void {
    this.#next(0, Math.min(FIRST_WITHIN_MS, this.#params.settings.everyMs));
  }

  /** No further statement is sent from now on. */
  close(): void {
    this.#closing.abort();
    this.#timer?.cancel();
  }

  #next(delayMs: number, spreadMs: number): void {
    if (this.#closing.signal.aborted) return;
    const { clock, random } = this.#params;
    this.#timer = clock.setTimer(delayMs + random() * spreadMs, () => void this.#ask(), {
      background: true,
    });
  }

  /** Never rejects: what fails is tried again with the next turn. */
  async #ask(): Promise<void> {
    const { store, logger, settings, workerId } = this.#params;
    const { everyMs } = settings;
    let nextMs = everyMs;
    try {
      const turn = await store.beginCleanup({ workerId: workerId(), everyMs });
      nextMs = turn.nextMs;
      if (turn.isMine) await this.#clean();
    } catch (error) {
      if (!this.#closing.signal.aborted)
        logger.warn({ err: error }, 'old runs could not be deleted; the next round tries again');
    }
    this.#next(nextMs, everyMs / 10);
  }

  async #clean(): Promise<void> {
    const { store, clock, logger, settings } = this.#params;
    const round = new AbortController();
    const stop = (): void => round.abort();
    const timer = clock.setTimer(settings.everyMs, stop, { background: true });
    const { signal } = this.#closing;
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      const { deleted } = await cleanUp(store, clock, settings, round.signal);
      if (deleted > 0) logger.info({ deleted }, 'old runs were deleted');
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', stop);
    }
  }
}
