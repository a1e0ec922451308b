import { NOW } from './fragments';

/**
 * First step: no claim can name the worker from here on. The row stays, so that a claim that was under way is still found by
 * whoever frees the runs of the dead.
 */
export function endLeaseSql(s: string): string {
  return `UPDATE ${s}.worker SET dead = true WHERE id = $1::uuid`;
}

/** Second step, with a snapshot taken after the first: its runs go back, uncharged. Answers with their queues. */
export function releaseOwnedSql(s: string): string {
  return `
WITH held AS MATERIALIZED (
  SELECT id FROM ${s}.run WHERE owner = $1::uuid AND status = 'RUNNING' ORDER BY id FOR NO KEY UPDATE
),
freed AS (
  UPDATE ${s}.run SET status = 'PENDING', owner = NULL, epoch = run.epoch + 1, wake_at = ${NOW}, seq = nextval('${s}.change_seq')
  FROM held WHERE run.id = held.id RETURNING run.queue
)
SELECT DISTINCT queue FROM freed`;
}

/** On PGlite, whose folder has one process at a time: whoever was registered before this process is gone. */
export function reapAllSql(s: string): string {
  return `UPDATE ${s}.worker SET dead = true WHERE NOT dead`;
}
