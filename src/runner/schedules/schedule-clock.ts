import { randomUUID } from 'node:crypto';
import { decode } from '../../core/codec/decode';
import { encode } from '../../core/codec/encode';
import { hashOf } from '../../core/codec/hash';
import type { Timer } from '../../core/clock';
import type { FlowGraph } from '../../graph/workflow-graph';
import type { CreateRunParams } from '../../store/create-run';
import type { StoredSchedule, TickResult } from '../../store/schedules';
import type { RunnerParts } from '../runner-parts';
import { observedStart } from '../observed-start';
import { startFacts } from '../start-run';
import { validInput } from '../valid-input';
import { dueTick } from './due-tick';
import { nameOfSchedule, timesOf, toNewSchedule } from './schedule-rows';

/** What others change of schedules is seen within this time, ms; where there are no others, looks may be rarer. */
const LOOK_EVERY_MS = 30_000;
/** How soon a tick that could not be made is tried again. */
const AGAIN_MS = 1_000;
/** Ticks of one schedule that are made up for before the others have their turn. */
const AT_A_TIME = 100;

/**
 * One worker's part in making the ticks of schedules. Each looks when the next tick is due by the store's clock, and tries to make it; the
 * store lets one succeed. A tick that nobody could make is made by who looks next.
 */
export class ScheduleClock {
  readonly #parts: RunnerParts;
  #timer: Timer | undefined;
  #isClosed = false;
  #looking: Promise<void> = Promise.resolve();
  readonly #lookEveryMs: number;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.#lookEveryMs = Math.max(LOOK_EVERY_MS, parts.lookEveryMs ?? 0);
  }

  /** Writes what the code has of schedules, and begins to look. */
  async start(): Promise<void> {
    const { store, registry, maxValueBytes } = this.#parts;
    const workflows = registry.definitions.map(({ graph }) => graph.name);
    const { now, schedules: known } = await store.schedules.list({ workflows });
    const schedules = registry.definitions.flatMap(({ graph }) =>
      [...graph.flows.values()].flatMap((flow) =>
        flow.schedule === undefined
          ? []
          : [toNewSchedule(nameOfSchedule(flow), flow, flow.schedule, 'code', { now, maxValueBytes })],
      ),
    );
    // Two versions of a workflow have one schedule: that of the one that is named first.
    const byName = new Map([...schedules].reverse().map((schedule) => [schedule.name, schedule]));
    if (byName.size > 0 || known.some(({ origin }) => origin === 'code')) {
      await store.schedules.put({ schedules: [...byName.values()], workflows });
    }
    void this.look();
  }

  /** Looks now, and again when something is due. Settles, never rejects, when it has looked. */
  look(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#timer?.cancel();
    this.#looking = this.#looking.then(() => this.#look());
    return this.#looking;
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    if (this.#isClosed) return;
    const { store, registry, logger } = this.#parts;
    let nextMs = this.#lookEveryMs;
    try {
      const workflows = registry.definitions.map(({ graph }) => graph.name);
      const { now, schedules } = await store.schedules.list({ workflows });
      for (const schedule of schedules) nextMs = Math.min(nextMs, await this.#tryDue(schedule, now));
    } catch (error) {
      if (!this.#isClosed) logger.warn({ err: error }, 'schedules could not be looked at; trying again');
      nextMs = AGAIN_MS;
    }
    if (this.#isClosed) return;
    this.#timer = this.#parts.clock.setTimer(nextMs, () => void this.look(), { background: true });
  }

  /** A schedule whose tick cannot be made, because its input function throws, say, does not keep the others from theirs. */
  async #tryDue(schedule: StoredSchedule, now: number): Promise<number> {
    try {
      return await this.#makeDue(schedule, now);
    } catch (error) {
      const fields = { err: error, schedule: schedule.name };
      if (!this.#isClosed) this.#parts.logger.warn(fields, 'the tick of a schedule could not be made; trying again');
      return AGAIN_MS;
    }
  }

  /** Answers how soon to look again, ms. */
  async #makeDue(schedule: StoredSchedule, now: number): Promise<number> {
    let { nextAt } = schedule;
    const workflow = this.#parts.registry.definitions.find(({ graph }) => graph.name === schedule.workflow);
    const flow = workflow?.graph.flows.get(schedule.flow);
    // Who has the flow makes its ticks.
    if (schedule.pausedAt !== undefined || flow === undefined) return this.#lookEveryMs;
    for (let made = 0; nextAt !== undefined && nextAt <= now; made++) {
      if (made === AT_A_TIME || this.#isClosed) return 0;
      const due = dueTick(timesOf(schedule), schedule.catchUp, nextAt, now);
      const answer = await this.#make(schedule, flow, nextAt, due);
      if (answer === 'held') return AGAIN_MS;
      nextAt = due.nextAt;
    }
    return nextAt === undefined ? this.#lookEveryMs : nextAt - now;
  }

  async #make(
    schedule: StoredSchedule,
    flow: FlowGraph,
    seenAt: number,
    { tick, nextAt, isDropped }: ReturnType<typeof dueTick>,
  ): Promise<TickResult> {
    const { store, telemetry } = this.#parts;
    const { name, definition } = schedule;
    const at = { name, definition, seenAt, tick, nextAt };
    if (isDropped) return store.schedules.tick({ ...at, run: undefined });
    const run = await this.#runOf(schedule, flow, tick);
    const { result } = await observedStart(telemetry, { ...startFacts(run), schedule: name }, async (trace) => {
      const answer = await store.schedules.tick({ ...at, run: { ...run, trace } });
      return { kind: answer === 'started' ? ('created' as const) : ('elsewhere' as const), result: answer };
    });
    return result;
  }

  async #runOf(schedule: StoredSchedule, flow: FlowGraph, tick: number): Promise<CreateRunParams> {
    const { ids, maxValueBytes } = this.#parts;
    const what = `input of schedule "${schedule.name}"`;
    const valid = await validInput(flow, scheduledInput(schedule, flow, tick));
    const input = encode(valid, { what, maxBytes: maxValueBytes });
    return {
      id: ids.next(tick, randomUUID()),
      workflow: flow.workflow,
      version: flow.version,
      flow: flow.flow.name,
      fingerprint: flow.fingerprint,
      queue: flow.flow.options.queue ?? 'default',
      priority: 0,
      tags: [`schedule:${schedule.name}`],
      input,
      inputHash: hashOf(input),
      idempotencyKey: `typeflow:schedule:${schedule.name}:${new Date(tick).toISOString()}`,
    };
  }
}

/** The input of the run that a tick begins, before it is checked. */
export function scheduledInput({ input }: Pick<StoredSchedule, 'input'>, flow: FlowGraph, tick: number): unknown {
  if (input !== undefined) return decode(input);
  const make = flow.schedule?.input;
  return typeof make === 'function' ? (make as (tick: Date) => unknown)(new Date(tick)) : undefined;
}
