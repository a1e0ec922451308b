import type { Clock, Timer } from '../core/clock';
import type { StoreHint } from '../store/store-hint';

export interface HintedPollsParams {
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly queues: readonly string[];
  /** The worker's id as it is now. */
  readonly workerId: () => string;
  /** Whether the worker would take a run. */
  readonly hasRoom: () => boolean;
  /** Polls now; while a poll is under way, once more after it. */
  readonly poll: () => void;
}

const MAX_SPREAD_MS = 100;

/**
 * Turns hints into polls. Every worker of a queue hears of every new run, and one of them gets it: so that they do not all ask at the
 * same instant, each waits a random part of a spread of its own, which grows by 1 ms with each poll that came too late and
 * halves with each that got something. A lone worker thus asks at once, and of many the first one still asks within
 * a millisecond or two, because the spread settles in proportion to their number.
 */
export class HintedPolls {
  readonly #params: HintedPollsParams;
  #spreadMs = 0;
  #timer: Timer | undefined;
  #isAwaited = false;

  constructor(params: HintedPollsParams) {
    this.#params = params;
  }

  hear(hint: StoreHint): void {
    const { queues, workerId, hasRoom, poll } = this.#params;
    if (hint.kind === 'look') poll();
    else if (hint.kind === 'attention') {
      if (hint.workerIds.includes(workerId())) poll();
    } else if (hasRoom() && hint.queues.some((queue) => queues.includes(queue))) this.#pollSoon();
  }

  /** A poll was answered, with this many runs. */
  polled(claimed: number): void {
    if (!this.#isAwaited) return;
    this.#isAwaited = false;
    this.#spreadMs = claimed > 0 ? Math.floor(this.#spreadMs / 2) : Math.min(MAX_SPREAD_MS, this.#spreadMs + 1);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #pollSoon(): void {
    if (this.#timer !== undefined) return;
    const { clock, random } = this.#params;
    if (this.#spreadMs === 0) return this.#poll();
    this.#timer = clock.setTimer(random() * this.#spreadMs, () => this.#poll(), { background: true });
  }

  #poll(): void {
    this.#timer = undefined;
    this.#isAwaited = true;
    this.#params.poll();
  }
}
