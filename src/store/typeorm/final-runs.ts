import { isFinalRunStatus } from '../../core/statuses';
import type { RunStatus } from '../../core/statuses';
import type { FinalRun, FinalRuns } from '../store';
import { encode, encodeError } from './rows';

/** A row of `findFinalSql`. */
export interface FinalRow {
  readonly id: string;
  readonly workflow: string;
  readonly status: RunStatus;
  readonly cancel_reason: string | null;
  readonly output: unknown;
  readonly has_output: boolean;
  readonly error: unknown;
}

export function toFinalRuns(rows: readonly FinalRow[], asked: readonly string[]): FinalRuns {
  const known = new Set(rows.map((row) => row.id));
  return { final: rows.flatMap(toFinalRun), unknown: asked.filter((id) => !known.has(id)) };
}

function toFinalRun(row: FinalRow): readonly FinalRun[] {
  const { id, workflow, status } = row;
  if (!isFinalRunStatus(status)) return [];
  const output = row.has_output ? encode(row.output) : undefined;
  return [
    { id, workflow, status, output, error: encodeError(row.error), cancelReason: row.cancel_reason ?? undefined },
  ];
}
