import { shownValue } from '../../core/codec/shown-value';
import { ArgumentError } from '../../core/errors/definition-error';
import { ScheduleNotFoundError } from '../../core/errors/run-errors';
import type { CatchUp, Overlap } from '../../core/schedule-rules';
import type { ScheduleOptions } from '../../decorators/options';
import type { FlowInput, FlowName, WorkflowRef } from '../../decorators/workflow-types';
import { IssueList } from '../../graph/issue';
import { parseSchedule } from '../../graph/schedule';
import type { StoredSchedule } from '../../store/schedules';
import type { RunHandle } from '../run-handle';
import type { RunnerParts } from '../runner-parts';
import { validInput } from '../valid-input';
import { toNewSchedule, timesOf } from './schedule-rows';
import type { ScheduleClock } from './schedule-clock';
import { scheduledInput } from './schedule-clock';

/** A schedule as it stands. */
export interface ScheduleRecord {
  readonly name: string;
  readonly workflow: string;
  readonly flow: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly overlap: Overlap;
  readonly catchUp: CatchUp;
  /** Of the next run; `undefined` also where the code makes it from the tick. */
  readonly input: unknown;
  /** Declared with its flow, or set by `runner.schedules.set`. */
  readonly origin: 'code' | 'api';
  readonly pausedAt: Date | undefined;
  readonly nextAt: Date | undefined;
  /** The last tick that began a run, and that run. */
  readonly lastAt: Date | undefined;
  readonly lastRunId: string | undefined;
  /** Ticks that began no run, because the one before was not over or they were missed. */
  readonly skipped: number;
}

/** What the schedules of a runner ask of it. */
export interface SchedulesHost {
  readonly parts: RunnerParts;
  readonly clock: () => ScheduleClock | undefined;
  /** @throws RunnerClosedError */
  readonly ensureOpen: (doing: string) => void;
  readonly start: (
    workflow: string,
    flow: string,
    input: unknown,
    tags: readonly string[],
  ) => Promise<RunHandle<unknown>>;
}

const NAME = /^[\w$][\w$./:-]{0,199}$/;

/** `runner.schedules`: what there is of schedules on this database, whoever made them. */
export class RunnerSchedules {
  readonly #host: SchedulesHost;

  /** @internal */
  constructor(host: SchedulesHost) {
    this.#host = host;
  }

  /** All schedules, by name. */
  async list(): Promise<readonly ScheduleRecord[]> {
    this.#host.ensureOpen('schedules.list');
    const { schedules } = await this.#host.parts.store.schedules.list({});
    return schedules.map(toRecord);
  }

  /**
   * Makes a schedule by hand, or changes one. Declared ones, named `<workflow>/<flow>`, are changed in the code.
   *
   * @example await runner.schedules.set('nightly', Reports, 'main', { cron: '0 3 * * *', timeZone: 'Europe/Berlin', input: 'all' });
   * @throws ArgumentError for a bad name, pattern, zone or option; ValueNotStorableError; NotAFlowError; FlowNotFoundError
   */
  async set<W extends WorkflowRef, F extends FlowName<W>>(
    name: string,
    workflow: W,
    flow: F,
    options: Omit<ScheduleOptions, 'input'> & { readonly input?: FlowInput<W, F> },
  ): Promise<ScheduleRecord> {
    this.#host.ensureOpen('schedules.set');
    const { store, registry, maxValueBytes } = this.#host.parts;
    const graph = registry.requireFlow(registry.require(workflow), flow);
    const { now, schedules } = await store.schedules.list({});
    if (!NAME.test(name) || schedules.some((one) => one.name === name && one.origin === 'code')) {
      throw new ArgumentError(
        `schedules.set needs a name of letters, digits and _ $ . / : -, at most 200, that is not a declared schedule's, got ${JSON.stringify(name)}`,
      );
    }
    const issues = new IssueList(`schedule "${name}"`);
    const parsed = parseSchedule(options, flow, issues);
    if (parsed === undefined || typeof parsed.input === 'function') {
      const [first] = issues.issues;
      throw new ArgumentError(first?.message ?? 'schedule.input must be a value: a function cannot be stored');
    }
    await validInput(graph, parsed.input);
    const schedule = toNewSchedule(name, graph, parsed, 'api', { now, maxValueBytes });
    await store.schedules.put({ schedules: [schedule], workflows: [] });
    void this.#host.clock()?.look();
    return toRecord(await this.#require(name));
  }

  /** No further ticks until `resume`; a run that has begun goes on. @throws ScheduleNotFoundError */
  async pause(name: string): Promise<void> {
    this.#host.ensureOpen('schedules.pause');
    if (!(await this.#host.parts.store.schedules.pause({ name }))) throw new ScheduleNotFoundError(name);
  }

  /** Goes on with the first tick from now on: those in between were meant to be none. @throws ScheduleNotFoundError */
  async resume(name: string): Promise<void> {
    this.#host.ensureOpen('schedules.resume');
    const { store } = this.#host.parts;
    const { now } = await store.schedules.list({ workflows: [] });
    const resumeAt = timesOf(await this.#require(name)).next(now);
    if (!(await store.schedules.pause({ name, resumeAt }))) throw new ScheduleNotFoundError(name);
    void this.#host.clock()?.look();
  }

  /** Begins a run now, beside the clock and whatever `overlap` says. @throws ScheduleNotFoundError; ArgumentError where the code has not its flow; what `start` throws */
  async trigger(name: string): Promise<RunHandle<unknown>> {
    this.#host.ensureOpen('schedules.trigger');
    const { registry, store } = this.#host.parts;
    const schedule = await this.#require(name);
    const definition = registry.requireByName(schedule.workflow).definitions[0];
    const flow = definition?.graph.flows.get(schedule.flow);
    if (flow === undefined)
      throw new ArgumentError(`schedule "${name}" begins flow "${schedule.flow}", which the code here has not`);
    const { now } = await store.schedules.list({ workflows: [] });
    const input = scheduledInput(schedule, flow, now);
    return this.#host.start(schedule.workflow, schedule.flow, input, [`schedule:${name}`]);
  }

  /** Forgets a schedule; a declared one is there again when a worker with its code starts. `false`: there was none. */
  async remove(name: string): Promise<boolean> {
    this.#host.ensureOpen('schedules.remove');
    return this.#host.parts.store.schedules.remove({ name });
  }

  async #require(name: string): Promise<StoredSchedule> {
    const { schedules } = await this.#host.parts.store.schedules.list({});
    const found = schedules.find((one) => one.name === name);
    if (found === undefined) throw new ScheduleNotFoundError(name);
    return found;
  }
}

function toRecord({
  definition: _,
  input,
  nextAt,
  pausedAt,
  lastAt,
  lastRunId,
  ...rest
}: StoredSchedule): ScheduleRecord {
  const toDate = (instant: number | undefined): Date | undefined =>
    instant === undefined ? undefined : new Date(instant);
  return {
    ...rest,
    input: input === undefined ? undefined : shownValue(input),
    nextAt: toDate(nextAt),
    pausedAt: toDate(pausedAt),
    lastAt: toDate(lastAt),
    lastRunId,
  };
}
