import type { RunStatus } from '../../core/statuses';
import type { CreatedRun, CreateRunParams } from '../create-run';
import { jsonColumn, plainColumn, textColumn } from './array-literal';
import type { Query } from './query';
import type { Statements } from './sql/statements';

export interface MadeRow {
  readonly id: string;
  readonly owned: boolean;
  readonly epoch: number;
  readonly created_at: number;
  readonly deadline_at: number | null;
}

interface ExistingRow extends Omit<MadeRow, 'owned'> {
  /** The id of the request that this row is an answer to. */
  readonly asked: string;
  readonly workflow: string;
  readonly flow: string;
  readonly input_hash: string;
  readonly status: RunStatus;
  readonly is_held: boolean;
  readonly owner: string | null;
}

/** What of a new run is compared with one that exists. */
type NewRun = Pick<CreateRunParams, 'id' | 'workflow' | 'flow' | 'inputHash' | 'idempotencyKey' | 'claim'>;

const ATTEMPTS = 3;

/** Inserts runs in one statement, and finds those that exist in a second. `again`: an earlier try's answer was lost. */
export async function writeRuns(
  query: Query,
  sql: Statements,
  batch: readonly CreateRunParams[],
  again: boolean,
): Promise<readonly CreatedRun[]> {
  const results = new Map<string, CreatedRun>();
  // More than once, because an existing run may be deleted between the two statements.
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const missing = batch.filter((params) => !results.has(params.id));
    if (missing.length === 0) break;
    for (const row of await insertRuns(query, sql, missing)) results.set(row.id, toCreated(row));
    const existing = missing.filter((params) => !results.has(params.id));
    if (existing.length === 0) break;
    for (const [id, result] of await findExisting(query, sql, existing, again)) results.set(id, result);
  }
  return batch.map((params) => {
    const result = results.get(params.id);
    if (result === undefined) throw new Error(`run ${params.id} could neither be inserted nor found`);
    return result;
  });
}

/** Answers with those that are new. */
function insertRuns(query: Query, sql: Statements, batch: readonly CreateRunParams[]): Promise<readonly MadeRow[]> {
  const columns = columnsOf(batch);
  if (batch.every(({ trace }) => trace === undefined)) return query<MadeRow>(sql.createRun, columns);
  return query<MadeRow>(sql.createTracedRun, [...columns, textColumn(batch.map(({ trace }) => trace))]);
}

/** Who has the id or the key of what could not be inserted. */
export async function findExisting(
  query: Query,
  sql: Statements,
  existing: readonly NewRun[],
  again: boolean,
): Promise<Map<string, CreatedRun>> {
  const rows = await query<ExistingRow>(sql.findExisting, [
    plainColumn(existing.map((params) => params.id)),
    textColumn(existing.map((params) => params.workflow)),
    textColumn(existing.map((params) => params.idempotencyKey)),
  ]);
  const results = new Map<string, CreatedRun>();
  for (const params of existing) {
    const found = rows.filter((row) => row.asked === params.id);
    // With a key, the run that has the key is the answer, even where another has the id.
    const row = found.find((one) => one.id !== params.id) ?? found[0];
    if (row !== undefined) results.set(params.id, compare(params, row, again));
  }
  return results;
}

function compare(params: NewRun, row: ExistingRow, again: boolean): CreatedRun {
  if (row.workflow !== params.workflow) return { kind: 'conflict', id: row.id, differs: 'workflow' };
  if (row.is_held) return { kind: 'conflict', id: row.id, differs: 'held' };
  if (row.flow !== params.flow) return { kind: 'conflict', id: row.id, differs: 'flow' };
  const { status, input_hash: inputHash } = row;
  if (inputHash !== params.inputHash) return { kind: 'conflict', id: row.id, differs: 'input', status, inputHash };
  // Our own insert, whose answer was lost: ids are new with every start.
  if (again && row.id === params.id && row.epoch <= 1) {
    const owned = row.status === 'RUNNING' && row.epoch === 1 && row.owner === params.claim?.workerId;
    return toCreated({ ...row, owned });
  }
  return { kind: 'exists', id: row.id, status };
}

export function toCreated(row: MadeRow): CreatedRun {
  return {
    kind: 'created',
    id: row.id,
    owned: row.owned,
    epoch: row.epoch,
    createdAt: row.created_at,
    deadlineAt: row.deadline_at ?? undefined,
  };
}

function columnsOf(batch: readonly CreateRunParams[]): readonly unknown[] {
  return [
    plainColumn(batch.map((params) => params.id)),
    textColumn(batch.map((params) => params.workflow)),
    textColumn(batch.map((params) => params.version)),
    textColumn(batch.map((params) => params.flow)),
    textColumn(batch.map((params) => params.fingerprint)),
    textColumn(batch.map((params) => params.queue)),
    plainColumn(batch.map((params) => params.priority)),
    textColumn(batch.map((params) => (params.tags.length === 0 ? undefined : JSON.stringify(params.tags)))),
    jsonColumn(batch.map((params) => params.input)),
    textColumn(batch.map((params) => params.inputHash)),
    textColumn(batch.map((params) => params.idempotencyKey)),
    plainColumn(batch.map((params) => params.startDelayMs)),
    plainColumn(batch.map((params) => params.startAt)),
    plainColumn(batch.map((params) => params.deadlineMs)),
    plainColumn(batch.map((params) => params.deadlineAt)),
    plainColumn(batch.map((params) => params.parentId)),
    plainColumn(batch.map((params) => claimOf(params))),
  ];
}

/** A run that starts later is claimed when it is due; one in the caller's transaction, when that has committed. */
function claimOf(params: CreateRunParams): string | null {
  if (params.manager !== undefined || params.startAt !== undefined || (params.startDelayMs ?? 0) > 0) return null;
  return params.claim?.workerId ?? null;
}

export function sizeOfRun(params: CreateRunParams): { readonly rows: number; readonly bytes: number } {
  return { rows: 1, bytes: 500 + params.input.length };
}
