import { pause } from '../harness/campaign-database';
import type { CampaignDatabase } from '../harness/campaign-database';

const EVERY_MS = 50;

/**
 * How long this machine keeps whoever waits for a timer and a query waiting, apart from the engine: on a busy machine a bound
 * on recovery says nothing without it.
 */
export class StallWatch {
  readonly #stalls: { readonly at: number; readonly ms: number }[] = [];
  #isOn = false;
  #loop: Promise<void> = Promise.resolve();

  start(database: CampaignDatabase): Promise<void> {
    this.#isOn = true;
    // Whoever ends a campaign that failed does not ask who was still watching.
    this.#loop = this.#watch(database).catch(() => undefined);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    await this.#loop;
  }

  /** The longest stall that lies within two instants, epoch ms. */
  longest(from: number, to: number): number {
    return Math.max(0, ...this.#stalls.filter(({ at, ms }) => at >= from && at - ms <= to).map(({ ms }) => ms));
  }

  async #watch(database: CampaignDatabase): Promise<void> {
    while (this.#isOn) {
      const before = performance.now();
      await pause(EVERY_MS);
      await database.query('SELECT 1');
      this.#stalls.push({ at: Date.now(), ms: performance.now() - before - EVERY_MS });
    }
  }
}
