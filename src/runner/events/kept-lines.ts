import type { Clock, Timer } from '../../core/clock';
import type { LogLevel, TypeflowLogger } from '../../core/logger';
import { storableText } from '../../core/storable-text';
import type { AttemptSayings, Speaker } from '../../execution/attempt-sayings';
import type { KeptLine } from '../../store/run-feed';
import type { Store } from '../../store/store';
import type { RunLogSettings } from './run-log-options';
import { loggable } from './loggable';

/** What is said within this time is written together, ms. */
const FLUSH_MS = 100;
/** After this time, what was said before the end of a run has been written by its process, ms; unless the database is slow. */
export const LATE_LINES_MS = 2.5 * FLUSH_MS;
/** Lines in one statement. */
const AT_A_TIME = 500;
/** Lines that wait for a database which does not take them; the oldest go first. */
const MAX_WAITING = 10_000;
const MAX_MESSAGE = 2_000;

export interface KeptLinesParams {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: TypeflowLogger;
  /** `undefined`: nothing is kept. */
  readonly settings: RunLogSettings | undefined;
  /** Told of each line at once. */
  readonly onSaid: (line: SaidLine) => void;
  /** Told of runs that have new lines in the store. */
  readonly onKept: (runId: string) => void;
}

type Omitted<Line> = Line extends unknown ? Omit<Line, 'ageMs'> : never;

/** A line, and when it was said by the monotonic clock. */
export type SaidLine = Omitted<KeptLine> & { readonly saidAt: number };

/**
 * What tasks of this process say while they run, on its way to the store: in groups, beside the records and without delaying them. A process that
 * is killed loses what was said in its last moments.
 */
export class KeptLines implements AttemptSayings {
  readonly #params: KeptLinesParams;
  readonly #levels: ReadonlySet<LogLevel>;
  #lines: SaidLine[] = [];
  /** The last of each call's node. */
  readonly #progress = new Map<string, SaidLine>();
  #dropped = 0;
  #timer: Timer | undefined;
  #flushing: Promise<void> | undefined;

  constructor(params: KeptLinesParams) {
    this.#params = params;
    this.#levels = new Set(params.settings?.levels);
  }

  logged({ runId, node, index, attempt }: Speaker, level: LogLevel, fields: unknown, message: unknown): void {
    if (!this.#levels.has(level)) return;
    const text = storableText(message, MAX_MESSAGE);
    const said = {
      kind: 'line',
      runId,
      node,
      index,
      attempt,
      level,
      message: text,
      fields: loggable(fields),
      saidAt: this.#now,
    } as const;
    this.#lines.push(said);
    this.#said(said);
  }

  progressed({ runId, node, index, attempt }: Speaker, fraction: number, note: string | undefined): void {
    if (this.#params.settings === undefined) return;
    const text = note === undefined ? undefined : storableText(note, MAX_MESSAGE);
    const said = { kind: 'progress', runId, node, index, attempt, fraction, note: text, saidAt: this.#now } as const;
    // What it said before is out of date.
    this.#progress.set(`${runId} ${node} ${index}`, said);
    this.#said(said);
  }

  get #now(): number {
    return this.#params.clock.monotonic();
  }

  #said(line: SaidLine): void {
    this.#params.onSaid(line);
    if (this.#lines.length > MAX_WAITING) this.#dropped += this.#lines.splice(0, AT_A_TIME).length;
    for (const oldest of this.#progress.keys()) {
      if (this.#progress.size <= MAX_WAITING) break;
      this.#progress.delete(oldest);
    }
    if (this.#lines.length >= AT_A_TIME && this.#flushing === undefined) void this.flush();
    else this.#flushLater();
  }

  #flushLater(): void {
    this.#timer ??= this.#params.clock.setTimer(FLUSH_MS, () => void this.flush(), { background: true });
  }

  /** Writes what waits. Settles when that is done, or has failed; never rejects. */
  async flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#flushing;
    this.#flushing ??= this.#flush().finally(() => (this.#flushing = undefined));
    await this.#flushing;
  }

  async #flush(): Promise<void> {
    const { store, logger, settings, onKept } = this.#params;
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) {
      const lines = batch.map(({ saidAt, ...line }): KeptLine => ({ ...line, ageMs: Math.max(0, this.#now - saidAt) }));
      try {
        await store.feed.keep({ lines, limit: settings?.lines ?? 0 });
      } catch (error) {
        const dropped = this.#dropped + batch.length;
        this.#dropped = 0;
        logger.warn({ err: error, lines: dropped }, 'log lines of runs could not be kept and are dropped');
        if (this.#lines.length > 0 || this.#progress.size > 0) this.#flushLater();
        return;
      }
      for (const runId of new Set(batch.map((line) => line.runId))) onKept(runId);
    }
  }

  #take(): SaidLine[] {
    const batch = this.#lines.splice(0, AT_A_TIME);
    for (const [key, line] of this.#progress) {
      if (batch.length >= AT_A_TIME) break;
      batch.push(line);
      this.#progress.delete(key);
    }
    return batch;
  }
}
