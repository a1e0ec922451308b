import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';

/**
 * One call of a task, written by the task's own body on a connection of its own: what was really called, whatever the engine
 * recorded. What the engine had recorded at that moment is read by the same statement, so that no clocks are compared.
 */
export interface LedgerLine {
  readonly run: string;
  readonly task: string;
  readonly idx: number;
  readonly attempt: number;
  /** Of the claim under which the worker called it. */
  readonly epoch: number;
  /** Of the run, when the line was written: higher, if it had been taken over by then. */
  readonly runEpoch: number | null;
  readonly pid: number;
  readonly key: string;
  /** What was left of the worker's lease, by its own clock, when it looked before the call. */
  readonly leaseLeftMs: number;
  /** All that the task depends on was recorded. */
  readonly isReady: boolean;
  /** The task itself was recorded already. */
  readonly isRecorded: boolean;
}

export const CREATE_LEDGER = `
CREATE TABLE ledger (
  id bigserial PRIMARY KEY, call uuid NOT NULL UNIQUE, run uuid NOT NULL, task text NOT NULL, idx int NOT NULL,
  attempt int NOT NULL, epoch int NOT NULL, run_epoch int, pid int NOT NULL, key text NOT NULL, lease_left_ms float8 NOT NULL,
  is_ready boolean NOT NULL, is_recorded boolean NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp()
)`;

const WRITE = `
INSERT INTO ledger (call, run, task, idx, attempt, epoch, run_epoch, pid, key, lease_left_ms, is_ready, is_recorded)
SELECT $1::uuid, $2::uuid, $3::text, $4::int, $5::int, $6::int, (SELECT epoch FROM typeflow.run WHERE id = $2::uuid),
       $7::int, $8::text, $9::float8,
       (SELECT count(*) FROM typeflow.node
        WHERE run_id = $2::uuid AND node = ANY ($10::text[]) AND idx = -1 AND status = 'COMPLETED') = cardinality($10::text[]),
       EXISTS (SELECT FROM typeflow.node WHERE run_id = $2::uuid AND node = $3::text AND idx = $4::int AND status = 'COMPLETED')
ON CONFLICT (call) DO NOTHING`;

export type NewLine = Omit<LedgerLine, 'runEpoch' | 'isReady' | 'isRecorded'>;

/** Writes a line. The ledger bears the faults of the database, too: it tries until the line stands, once. */
export async function writeLine(ledger: Pool, line: NewLine, upstream: readonly string[]): Promise<void> {
  const { run, task, idx, attempt, epoch, pid, key, leaseLeftMs } = line;
  const values = [randomUUID(), run, task, idx, attempt, epoch, pid, key, leaseLeftMs, upstream];
  for (;;) {
    try {
      await ledger.query(WRITE, values);
      return;
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** The database was not to be reached, or went away: whoever only looks or repeats itself may try again. */
export function isDatabaseAway(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return /^(08|57P|53)/.test(code) || /^E[A-Z]+$/.test(code) || /terminat|closed|timeout|not queryable/i.test(message);
}
