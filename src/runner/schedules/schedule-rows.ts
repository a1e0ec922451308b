import { encode } from '../../core/codec/encode';
import { hashOf } from '../../core/codec/hash';
import { CronTimes } from '../../core/cron';
import { ArgumentError } from '../../core/errors/definition-error';
import type { FlowGraph } from '../../graph/workflow-graph';
import type { FlowSchedule } from '../../graph/schedule';
import type { NewSchedule } from '../../store/schedules';

/** How a schedule is stored; its next tick is the first one after `now`. */
export function toNewSchedule(
  name: string,
  flow: Pick<FlowGraph, 'workflow' | 'flow'>,
  { cron, timeZone, overlap, catchUp, input }: FlowSchedule,
  origin: NewSchedule['origin'],
  { now, maxValueBytes }: { readonly now: number; readonly maxValueBytes: number },
): NewSchedule {
  const what = `input of schedule "${name}"`;
  const definition = {
    name,
    workflow: flow.workflow,
    flow: flow.flow.name,
    cron,
    timeZone,
    overlap,
    catchUp,
    input: typeof input === 'function' ? undefined : encode(input, { what, maxBytes: maxValueBytes }),
    origin,
  };
  return { ...definition, definition: hashOf(JSON.stringify(definition)), nextAt: timesOf(definition).next(now) };
}

/** @throws ArgumentError for a pattern that another version wrote and this one does not understand */
export function timesOf({ name, cron, timeZone }: Pick<NewSchedule, 'name' | 'cron' | 'timeZone'>): CronTimes {
  const times = CronTimes.parse(cron, timeZone);
  if (times instanceof CronTimes) return times;
  throw new ArgumentError(`schedule "${name}": ${times.problem}`);
}

/** The name of a schedule that is declared with its flow. */
export function nameOfSchedule({ workflow, flow }: Pick<FlowGraph, 'workflow' | 'flow'>): string {
  return `${workflow}/${flow.name}`;
}
