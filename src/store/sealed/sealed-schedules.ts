import type { NewSchedule, ScheduleList, Schedules, StoredSchedule, TickParams, TickResult } from '../schedules';
import { scheduleOf } from './contexts';
import type { PayloadSeal } from './payload-seal';
import { sealInput } from './sealed-runs';

/**
 * Schedules, with their inputs sealed. A definition is a hash over the input too, so it is sealed as well; but a store compares definitions, so the
 * text under which one stands is remembered, and handed to the store again.
 */
export class SealedSchedules implements Schedules {
  readonly #inner: Schedules;
  readonly #seal: PayloadSeal;
  /** As they were last read, by name. */
  readonly #known = new Map<string, { readonly definition: string; readonly stored: string }>();

  constructor(inner: Schedules, seal: PayloadSeal) {
    this.#inner = inner;
    this.#seal = seal;
  }

  async put({ schedules, workflows }: Parameters<Schedules['put']>[0]): Promise<void> {
    await this.list({});
    await this.#inner.put({ schedules: schedules.map((schedule) => this.#sealed(schedule)), workflows });
  }

  async list(params: Parameters<Schedules['list']>[0]): Promise<ScheduleList> {
    const { now, schedules } = await this.#inner.list(params);
    return { now, schedules: schedules.map((schedule) => this.#opened(schedule)) };
  }

  async tick(params: TickParams): Promise<TickResult> {
    const { name, definition, run } = params;
    if (this.#known.get(name)?.definition !== definition) await this.list({});
    const stored = this.#storedAs(name, definition);
    // The one that was seen is not there any more.
    if (stored === undefined) return 'lost';
    return this.#inner.tick({ ...params, definition: stored, run: run && sealInput(this.#seal, run) });
  }

  pause(params: Parameters<Schedules['pause']>[0]): Promise<boolean> {
    return this.#inner.pause(params);
  }

  remove(params: Parameters<Schedules['remove']>[0]): Promise<boolean> {
    return this.#inner.remove(params);
  }

  #storedAs(name: string, definition: string): string | undefined {
    const known = this.#known.get(name);
    return known?.definition === definition ? known.stored : undefined;
  }

  #sealed(schedule: NewSchedule): NewSchedule {
    const { name, input, definition } = schedule;
    const context = scheduleOf(name);
    return {
      ...schedule,
      input: input === undefined ? undefined : this.#seal.value(input, context),
      definition: this.#storedAs(name, definition) ?? this.#seal.text(definition, context),
    };
  }

  #opened(schedule: StoredSchedule): StoredSchedule {
    const { name, input, definition: stored } = schedule;
    const opening = this.#seal.opening();
    const definition = opening.text(stored, scheduleOf(name));
    this.#known.set(name, { definition, stored });
    return {
      ...schedule,
      definition,
      input: input === undefined ? undefined : opening.value(input, scheduleOf(name)),
    };
  }
}
