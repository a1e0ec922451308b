import type { CronTimes } from '../../core/cron';
import type { CatchUp } from '../../core/schedule-rules';

/** The tick to be made of a schedule, and when the one after it is. */
export interface DueTick {
  readonly tick: number;
  readonly nextAt: number | undefined;
  /** It is to begin no run. */
  readonly isDropped: boolean;
}

/** A tick that is noticed later than this counts as missed. */
const MISSED_AFTER_MS = 60_000;

/** @param nextAt the next tick by the schedule's row, which is not after `now`; all epoch ms */
export function dueTick(times: CronTimes, catchUp: CatchUp, nextAt: number, now: number): DueTick {
  const tick = catchUp === 'all' ? nextAt : times.latest(nextAt, now);
  const isDropped = catchUp === 'none' && now - tick > MISSED_AFTER_MS;
  return { tick, nextAt: times.next(tick), isDropped };
}
