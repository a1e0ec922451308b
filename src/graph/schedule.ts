import { CronTimes } from '../core/cron';
import type { CatchUp, Overlap } from '../core/schedule-rules';
import type { IssueList } from './issue';
import { OptionReader, kindOf } from './option-reader';

/** When runs of a flow begin by themselves. */
export interface FlowSchedule {
  readonly cron: string;
  readonly timeZone: string;
  readonly overlap: Overlap;
  readonly catchUp: CatchUp;
  /** The input of the runs, or a function that makes it from the tick. */
  readonly input: unknown;
}

const FIELDS = ['cron', 'timeZone', 'overlap', 'catchUp', 'input'] as const;

/** Reads a schedule of unknown content; everything that is wrong goes to `issues`. */
export function parseSchedule(value: unknown, node: string, issues: IssueList): FlowSchedule | undefined {
  if (value === undefined) return undefined;
  const reader = new OptionReader(value, FIELDS, issues, node, 'schedule.');
  const before = issues.issues.length;
  const cron = reader.raw('cron');
  const timeZone = reader.text('timeZone') ?? 'UTC';
  const schedule = {
    cron: String(cron),
    timeZone,
    overlap: reader.oneOf('overlap', ['skip', 'queue', 'cancel-previous']) ?? 'skip',
    catchUp: reader.oneOf('catchUp', ['none', 'last', 'all']) ?? 'last',
    input: reader.raw('input'),
  };
  if (issues.issues.length > before) return undefined;
  const times =
    typeof cron === 'string'
      ? CronTimes.parse(cron, timeZone)
      : { problem: `cron must be a cron pattern, got ${kindOf(cron)}` };
  if (times instanceof CronTimes) return schedule;
  issues.add('INVALID_OPTION', node, `schedule.${times.problem}`);
  return undefined;
}
