import { Cron } from 'croner';

/** `problem`: which of the two is wrong, what it must be, and what it is. */
export interface CronProblem {
  readonly problem: string;
}

/** When a schedule ticks, in a time zone. Instants are epoch ms. */
export class CronTimes {
  readonly #cron: Cron;

  private constructor(cron: Cron) {
    this.#cron = cron;
  }

  /**
   * @param pattern five fields, or six with seconds first
   * @returns the times, or what the pattern or the zone must be, as in `cron must be …, got …`
   */
  static parse(pattern: string, timeZone: string): CronTimes | CronProblem {
    const fields = pattern.trim().split(/\s+/).length;
    if (fields !== 5 && fields !== 6) return wrongCron('a pattern of five fields, or six with seconds first', pattern);
    try {
      // Throws for a zone that it does not know; croner's own message is long.
      new Intl.DateTimeFormat('en', { timeZone });
    } catch {
      return { problem: `timeZone must be an IANA time zone such as 'Europe/Berlin', got ${JSON.stringify(timeZone)}` };
    }
    try {
      const times = new CronTimes(new Cron(pattern, { timezone: timeZone, paused: true }));
      if (times.next(0) !== undefined) return times;
      return wrongCron('a pattern that ever fires', pattern);
    } catch (error) {
      return wrongCron(`a cron pattern (${(error as Error).message.replace(/^\w+: /, '')})`, pattern);
    }
  }

  /** The first tick after an instant. */
  next(after: number): number | undefined {
    return this.#cron.nextRun(new Date(after))?.getTime();
  }

  /** The last tick up to `now`, given one that is not after it. */
  latest(tick: number, now: number): number {
    let latest = tick;
    // A little way back first: however long ago the tick was, only a few are counted through.
    for (const windowMs of WINDOWS_MS) {
      const first = this.next(Math.max(tick, now - windowMs) - 1);
      if (first === undefined || first > now) continue;
      latest = first;
      for (let next = this.next(latest); next !== undefined && next <= now; next = this.next(latest)) latest = next;
      return latest;
    }
    return latest;
  }
}

function wrongCron(expected: string, pattern: string): CronProblem {
  return { problem: `cron must be ${expected}, got ${JSON.stringify(pattern)}` };
}

const DAY_MS = 86_400_000;
const WINDOWS_MS = [1_000, 60_000, 3_600_000, DAY_MS, 32 * DAY_MS, 367 * DAY_MS, Infinity];
