import { isUuid } from '../../core/ids';
import type { LogLevel } from '../../core/logger';
import type { FeedEntry, FeedLine, FeedNode, FeedRun, KeepLinesParams, ReadFeedParams } from '../run-feed';
import type { RunChanges, RunFeed } from '../run-feed';
import { encode, encodeError } from './rows';
import { findLinesSql, keepLinesSql, readFeedSql } from './sql/run-feed';
import type { Send } from './store-tables';

/** `data` as JSON, in which what is not there is null. */
interface FeedRow {
  readonly run_id: string;
  readonly kind: 'run' | FeedEntry['kind'];
  readonly seq: string;
  readonly node: string;
  readonly idx: number;
  readonly attempt: number;
  readonly at: number | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What happens in runs: their rows and those of their nodes, and table `log`. */
export class RunFeedTable implements RunFeed {
  readonly #send: Send;
  readonly #sql: { readonly read: string; readonly keep: string; readonly lines: string };

  /** @param s the quoted schema */
  constructor(s: string, send: Send) {
    this.#send = send;
    this.#sql = { read: readFeedSql(s), keep: keepLinesSql(s), lines: findLinesSql(s) };
  }

  async read({ follows, limit }: ReadFeedParams): Promise<readonly RunChanges[]> {
    const known = follows.filter(({ runId }) => isUuid(runId));
    if (known.length === 0) return [];
    const rows = await this.#send<FeedRow>('reading what happened in runs', this.#sql.read, [
      known.map(({ runId }) => runId),
      known.map(({ after }) => after),
      limit,
    ]);
    const runs = new Map<string, { readonly run: FeedRun; readonly entries: FeedEntry[] }>();
    for (const row of rows) if (row.kind === 'run') runs.set(row.run_id, { run: toFeedRun(row), entries: [] });
    for (const row of rows) if (row.kind !== 'run') runs.get(row.run_id)?.entries.push(toEntry(row));
    return [...runs].map(([runId, { run, entries }]) => ({
      runId,
      run,
      entries: entries.slice(0, limit),
      isMore: entries.length > limit,
    }));
  }

  async keep({ lines, limit }: KeepLinesParams): Promise<void> {
    await this.#send('keeping log lines', this.#sql.keep, [
      lines.map(({ runId }) => runId),
      lines.map(({ node }) => node),
      lines.map(({ index }) => index),
      lines.map(({ attempt }) => attempt),
      lines.map((line) => (line.kind === 'line' ? line.level : null)),
      lines.map((line) => (line.kind === 'line' ? line.message : (line.note ?? null))),
      lines.map((line) => (line.kind === 'line' ? line.fields : null)),
      lines.map((line) => (line.kind === 'progress' ? line.fraction : null)),
      lines.map(({ ageMs }) => ageMs),
      limit,
    ]);
  }

  async lines({ runId }: { readonly runId: string }): Promise<readonly FeedLine[]> {
    if (!isUuid(runId)) return [];
    const rows = await this.#send<FeedRow>('reading log lines', this.#sql.lines, [runId]);
    return rows.map((row) => toEntry(row) as FeedLine);
  }
}

function toFeedRun({ data }: FeedRow): FeedRun {
  return { ...(withoutNulls(data) as unknown as FeedRun), error: encodeError(data['error'] ?? null) };
}

function toEntry({ kind, seq, node, idx, attempt, at, data }: FeedRow): FeedEntry {
  const shared = { seq: Number(seq), node, index: idx, attempt };
  if (kind === 'node') {
    const { kind: nodeKind, ...state } = withoutNulls(data);
    const error = encodeError(data['error'] ?? null);
    return { kind, ...shared, ...state, nodeKind, error } as unknown as FeedNode;
  }
  const { level, message, fields, fraction } = data;
  const said = { ...shared, at: at ?? 0 };
  if (kind === 'progress') {
    return { kind, ...said, fraction: fraction as number, note: (message as string | null) ?? undefined };
  }
  return { kind: 'line', ...said, level: level as LogLevel, message: message as string, fields: encode(fields) };
}

function withoutNulls(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null));
}
