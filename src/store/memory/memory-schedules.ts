import { isFinalRunStatus } from '../../core/statuses';
import type { HintEmitter } from '../hint-emitter';
import type { NewSchedule, ScheduleList, Schedules, StoredSchedule, TickParams, TickResult } from '../schedules';
import { createRun } from './create-run';
import { claimRank } from './memory-run';
import type { MemoryTables } from './memory-run';

export class MemorySchedules implements Schedules {
  readonly #tables: MemoryTables;
  readonly #hints: HintEmitter;
  readonly #rows = new Map<string, StoredSchedule>();

  constructor(tables: MemoryTables, hints: HintEmitter) {
    this.#tables = tables;
    this.#hints = hints;
  }

  async put(params: {
    readonly schedules: readonly NewSchedule[];
    readonly workflows: readonly string[];
  }): Promise<void> {
    const names = new Set(params.schedules.map(({ name }) => name));
    for (const { name, origin, workflow } of [...this.#rows.values()]) {
      if (origin === 'code' && params.workflows.includes(workflow) && !names.has(name)) this.#rows.delete(name);
    }
    for (const schedule of params.schedules) {
      const known = this.#rows.get(schedule.name);
      if (known?.definition !== schedule.definition)
        this.#rows.set(schedule.name, { skipped: 0, ...known, ...schedule });
    }
  }

  async list({ workflows }: { readonly workflows?: readonly string[] | undefined }): Promise<ScheduleList> {
    const rows = [...this.#rows.values()].filter(({ workflow }) => workflows?.includes(workflow) ?? true);
    return { now: this.#tables.now(), schedules: rows.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  }

  async tick({ name, definition, seenAt, tick, nextAt, run }: TickParams): Promise<TickResult> {
    const row = this.#rows.get(name);
    if (row === undefined || row.pausedAt !== undefined) return 'lost';
    if (row.nextAt !== seenAt || row.definition !== definition) return 'lost';
    const last = row.lastRunId === undefined ? undefined : this.#tables.runs.get(row.lastRunId);
    const previous = last !== undefined && !isFinalRunStatus(last.status) ? last : undefined;
    if (run !== undefined && previous !== undefined && row.overlap === 'queue') return 'held';
    if (run === undefined || (previous !== undefined && row.overlap === 'skip')) {
      this.#rows.set(name, { ...row, nextAt, skipped: row.skipped + 1 });
      return 'skipped';
    }
    if (previous !== undefined) {
      if (!previous.isCancelRequested) previous.cancelReason = `the next tick of schedule ${name} has come`;
      previous.isCancelRequested = true;
      previous.inbox += 1;
      if (previous.owner !== undefined) this.#hints.attention(previous.owner);
      else {
        previous.wakeAt = this.#tables.now();
        previous.claimRank = claimRank(previous.wakeAt, previous.priority);
      }
    }
    createRun(this.#tables, run);
    this.#hints.work(run.queue);
    this.#rows.set(name, { ...row, nextAt, lastAt: tick, lastRunId: run.id });
    return 'started';
  }

  async pause({ name, resumeAt }: { readonly name: string; readonly resumeAt?: number | undefined }): Promise<boolean> {
    const row = this.#rows.get(name);
    if (row === undefined) return false;
    if (resumeAt === undefined) this.#rows.set(name, { ...row, pausedAt: row.pausedAt ?? this.#tables.now() });
    else if (row.pausedAt !== undefined) this.#rows.set(name, { ...row, pausedAt: undefined, nextAt: resumeAt });
    return true;
  }

  async remove({ name }: { readonly name: string }): Promise<boolean> {
    return this.#rows.delete(name);
  }
}
