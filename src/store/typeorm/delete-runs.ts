import type { BeginCleanupParams, CleanupTurn, DeletedRuns, DeleteRunsParams } from '../delete-runs';
import type { Query } from './query';
import type { Statements } from './sql/statements';

/** Below every id: the place before the first run. */
const NIL_UUID = '00000000-0000-0000-0000-000000000000';

interface DeletedRow {
  readonly deleted: number;
  readonly id: string | null;
  readonly created_at: number | null;
}

export async function deleteRuns(query: Query, sql: Statements, params: DeleteRunsParams): Promise<DeletedRuns> {
  const { COMPLETED = null, FAILED = null, CANCELLED = null } = params.ages;
  const { createdAt = null, id = NIL_UUID } = params.after ?? {};
  const [row] = await query<DeletedRow>(sql.deleteRuns, [COMPLETED, FAILED, CANCELLED, createdAt, id, params.limit]);
  if (row === undefined || row.id === null || row.created_at === null) return { deleted: row?.deleted ?? 0 };
  return { deleted: row.deleted, next: { createdAt: row.created_at, id: row.id } };
}

export async function beginCleanup(
  query: Query,
  sql: Statements,
  { workerId, everyMs }: BeginCleanupParams,
): Promise<CleanupTurn> {
  const [row] = await query<{ mine: boolean; next_ms: number }>(sql.beginCleanup, [workerId, everyMs]);
  return { isMine: row?.mine === true, nextMs: row?.next_ms ?? everyMs };
}
