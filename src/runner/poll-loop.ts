import type { Clock, Timer } from '../core/clock';

export interface PollLoopParams {
  readonly clock: Clock;
  /** Whether its timer alone keeps no process alive. */
  readonly isBackground: boolean;
  /** One poll. Answers how long to wait before the next one, ms. Never rejects. */
  readonly poll: () => Promise<number>;
}

/** Polls again and again, one poll at a time, until it is stopped. */
export class PollLoop {
  readonly #params: PollLoopParams;
  #timer: Timer | undefined;
  #polling: Promise<void> | undefined;
  #isWanted = false;
  #isStopped = false;

  constructor(params: PollLoopParams) {
    this.#params = params;
  }

  /** The poll under way, if there is one. */
  get polling(): Promise<void> | undefined {
    return this.#polling;
  }

  /** The first poll, and all that follow it. Resolves when the first is over. */
  start(): Promise<void> {
    return this.#pollOnce();
  }

  /** Polls at once, or again as soon as the poll under way is over. */
  pollNow(): void {
    if (this.#polling !== undefined) this.#isWanted = true;
    else this.#schedule(0);
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async #pollOnce(): Promise<void> {
    if (this.#polling !== undefined || this.#isStopped) return;
    this.#timer?.cancel();
    this.#isWanted = false;
    this.#polling = this.#poll().finally(() => (this.#polling = undefined));
    await this.#polling;
  }

  async #poll(): Promise<void> {
    const nextMs = await this.#params.poll();
    this.#schedule(this.#isWanted ? 0 : nextMs);
  }

  #schedule(delayMs: number): void {
    this.#timer?.cancel();
    if (this.#isStopped) return;
    const { clock, isBackground } = this.#params;
    this.#timer = clock.setTimer(delayMs, () => void this.#pollOnce(), { background: isBackground });
  }
}
