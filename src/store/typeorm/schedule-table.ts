import type { NewSchedule, ScheduleList, Schedules, StoredSchedule, TickParams, TickResult } from '../schedules';
import type { HintSender } from '../store-hint';
import { encode } from './rows';
import { listSchedulesSql, pauseScheduleSql, putSchedulesSql, tickSql } from './sql/schedules';

type Send = <Row>(doing: string, sql: string, values: readonly unknown[]) => Promise<readonly Row[]>;

interface ScheduleRow {
  readonly now: number;
  readonly name: string | null;
  readonly workflow: string;
  readonly flow: string;
  readonly cron: string;
  readonly time_zone: string;
  readonly overlap: StoredSchedule['overlap'];
  readonly catch_up: StoredSchedule['catchUp'];
  readonly input: unknown;
  readonly has_input: boolean;
  readonly origin: StoredSchedule['origin'];
  readonly definition: string;
  readonly skipped: number;
  readonly last_run_id: string | null;
  readonly next_at: number | null;
  readonly paused_at: number | null;
  readonly last_at: number | null;
}

/** Schedules, in table `schedule`. */
export class ScheduleTable implements Schedules {
  readonly #send: Send;
  readonly #tell: HintSender;
  readonly #s: string;

  /** @param s the quoted schema */
  constructor(s: string, send: Send, tell: HintSender) {
    this.#send = send;
    this.#tell = tell;
    this.#s = s;
  }

  async put(params: {
    readonly schedules: readonly NewSchedule[];
    readonly workflows: readonly string[];
  }): Promise<void> {
    await this.#send('writing schedules', putSchedulesSql(this.#s), [
      JSON.stringify(params.schedules),
      params.workflows,
    ]);
  }

  async list({ workflows }: { readonly workflows?: readonly string[] | undefined }): Promise<ScheduleList> {
    const rows = await this.#send<ScheduleRow>('reading schedules', listSchedulesSql(this.#s), [workflows ?? null]);
    return {
      now: rows[0]?.now ?? NaN,
      schedules: rows.flatMap((row) => (row.name === null ? [] : [toSchedule(row, row.name)])),
    };
  }

  async tick({ name, definition, seenAt, tick, nextAt, run }: TickParams): Promise<TickResult> {
    const [row] = await this.#send<{ answer: TickResult; owner: string | null; queue: string | null }>(
      'making a tick of a schedule',
      tickSql(this.#s),
      [
        ...[name, definition, seenAt, tick, nextAt ?? null],
        ...[run?.id, run?.workflow, run?.version, run?.flow, run?.fingerprint, run?.queue].map(
          (value) => value ?? null,
        ),
        ...[
          run?.tags ?? [],
          run?.input ?? null,
          run?.inputHash ?? null,
          run?.idempotencyKey ?? null,
          run?.trace ?? null,
        ],
      ],
    );
    if (row?.answer === 'started' && run !== undefined) {
      this.#tell.work(run.queue);
      if (row.owner !== null) this.#tell.attention(row.owner);
      else if (row.queue !== null) this.#tell.work(row.queue);
    }
    return row?.answer ?? 'lost';
  }

  async pause({ name, resumeAt }: { readonly name: string; readonly resumeAt?: number | undefined }): Promise<boolean> {
    return (await this.#send('pausing a schedule', pauseScheduleSql(this.#s), [name, resumeAt ?? null])).length > 0;
  }

  async remove({ name }: { readonly name: string }): Promise<boolean> {
    const sql = `DELETE FROM ${this.#s}.schedule WHERE name = $1::text RETURNING name`;
    return (await this.#send('removing a schedule', sql, [name])).length > 0;
  }
}

function toSchedule(row: ScheduleRow, name: string): StoredSchedule {
  return {
    name,
    workflow: row.workflow,
    flow: row.flow,
    cron: row.cron,
    timeZone: row.time_zone,
    overlap: row.overlap,
    catchUp: row.catch_up,
    input: row.has_input ? encode(row.input) : undefined,
    origin: row.origin,
    definition: row.definition,
    nextAt: row.next_at ?? undefined,
    pausedAt: row.paused_at ?? undefined,
    lastAt: row.last_at ?? undefined,
    lastRunId: row.last_run_id ?? undefined,
    skipped: row.skipped,
  };
}
