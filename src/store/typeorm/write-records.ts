import { isFinalNodeStatus } from '../../core/statuses';
import type { NodeWrite, RecordParams, RecordResult } from '../record';
import type { Query } from './query';
import type { Statements } from './sql/statements';

interface RecordRow {
  readonly run_id: string;
  readonly inbox: number;
  readonly cancelled: boolean;
  readonly cancel_reason: string | null;
  readonly applied: boolean;
}

interface StateRow {
  readonly id: string;
  readonly epoch: number;
  readonly status: string;
  readonly inbox: number;
  readonly cancelled: boolean;
  readonly cancel_reason: string | null;
}

/** Writes records of different runs in one statement. `again`: an earlier try's answer was lost. */
export async function writeRecords(
  query: Query,
  sql: Statements,
  batch: readonly RecordParams[],
  again: boolean,
): Promise<readonly RecordResult[]> {
  const rows = await query<RecordRow>(sql.record, [...runColumns(batch), ...nodeColumns(batch)]);
  const answers = new Map(rows.map((row) => [row.run_id, row]));
  const lost = batch.filter((params) => !answers.has(params.runId));
  // The earlier try may have ended or parked the run, which then looks as if it were lost.
  const written = again && lost.length > 0 ? await readBack(query, sql, lost) : new Map<string, RecordResult>();
  return batch.map((params) => {
    const row = answers.get(params.runId);
    if (row === undefined) return written.get(params.runId) ?? { kind: 'lost' };
    return toRecorded(row, row.applied);
  });
}

async function readBack(
  query: Query,
  sql: Statements,
  lost: readonly RecordParams[],
): Promise<Map<string, RecordResult>> {
  const rows = await query<StateRow>(sql.readBack, [lost.map((params) => params.runId)]);
  const states = new Map(rows.map((row) => [row.id, row]));
  const written = new Map<string, RecordResult>();
  for (const params of lost) {
    const state = states.get(params.runId);
    // Whoever takes a run over raises its epoch: with ours, this status can only be our own doing.
    if (state === undefined || state.epoch !== params.epoch || state.status !== statusAfter(params)) continue;
    written.set(params.runId, toRecorded(state, true));
  }
  return written;
}

function toRecorded(row: Pick<StateRow, 'inbox' | 'cancelled' | 'cancel_reason'>, applied: boolean): RecordResult {
  const cancelReason = row.cancel_reason ?? undefined;
  return { kind: 'recorded', applied, inbox: row.inbox, isCancelRequested: row.cancelled, cancelReason };
}

function statusAfter({ run }: RecordParams): string | undefined {
  if (run?.kind === 'finish') return run.status;
  if (run?.kind === 'park') return 'WAITING';
  return run === undefined ? undefined : run.refusedBy === undefined ? 'PENDING' : 'WAITING';
}

/** $1 to $12 of the statement: one array per column, one element per run. */
function runColumns(batch: readonly RecordParams[]): readonly unknown[] {
  const finish = batch.map(({ run }) => (run?.kind === 'finish' ? run : undefined));
  return [
    batch.map((params) => params.runId),
    batch.map((params) => params.epoch),
    batch.map((params) => params.inbox),
    batch.map((params) => params.run?.kind ?? null),
    finish.map((run) => run?.status ?? null),
    finish.map((run) => run?.output ?? null),
    finish.map((run) => run?.error ?? null),
    finish.map((run) => run?.errors ?? null),
    finish.map((run) => run?.acknowledgesCancel ?? false),
    batch.map(({ run }) => (run?.kind === 'park' ? (run.wakeDelayMs ?? null) : null)),
    batch.map(({ run }) => (run?.kind === 'release' ? (run.refusedBy ?? null) : null)),
    batch.map((params) => params.nodes.some(isProgress)),
  ];
}

/** $13 to $28: one array per column, one element per node. */
function nodeColumns(batch: readonly RecordParams[]): readonly unknown[] {
  const owners = batch.flatMap((params) => params.nodes.map(() => params));
  const nodes = batch.flatMap((params) => params.nodes);
  return [
    owners.map((params) => params.runId),
    nodes.map((node) => node.node),
    nodes.map((node) => node.index),
    nodes.map((node) => node.kind),
    nodes.map((node) => node.shape),
    nodes.map((node) => node.status),
    owners.map((params) => params.generation),
    nodes.map((node) => node.attempt),
    nodes.map((node) => (node.attempts.length === 0 ? null : JSON.stringify(node.attempts))),
    nodes.map((node) => node.output ?? null),
    nodes.map((node) => node.error ?? null),
    nodes.map((node) => (node.reason === undefined ? null : JSON.stringify(node.reason))),
    nodes.map((node) => node.elements ?? null),
    nodes.map((node) => node.startedAt ?? null),
    nodes.map((node) => node.finishedAt ?? null),
    nodes.map((node) => node.wakeDelayMs ?? null),
  ];
}

/** A report that a node is RUNNING does not clear a run of its crashes: the next crash may be that very node's. */
function isProgress(node: NodeWrite): boolean {
  return isFinalNodeStatus(node.status) || node.status === 'WAITING';
}

/** What a record costs on the wire, roughly. */
export function sizeOfRecord(params: RecordParams): { readonly rows: number; readonly bytes: number } {
  const finish = params.run?.kind === 'finish' ? params.run : undefined;
  let bytes = (finish?.output?.length ?? 0) + (finish?.error?.length ?? 0) + (finish?.errors?.length ?? 0);
  for (const node of params.nodes) bytes += 200 + (node.output?.length ?? 0) + (node.error?.length ?? 0);
  return { rows: params.nodes.length + 1, bytes };
}
