import { CLOCK, OPEN_STATUSES, claimRank } from './fragments';

/**
 * Accepts a cancel. A run that was never claimed is over at once; otherwise its owner, or the next one, is told. The
 * answer says how the run stood, and is empty for one that is final.
 */
export function requestCancelSql(s: string): string {
  return `
WITH ${CLOCK},
held AS MATERIALIZED (
  SELECT id, status, epoch, owner, queue, started_at IS NULL AND parent_id IS NULL AS untouched FROM ${s}.run
  WHERE id = $1::uuid AND status IN ${OPEN_STATUSES} FOR NO KEY UPDATE
),
chg AS (
  UPDATE ${s}.run SET
    cancel_requested_at = coalesce(run.cancel_requested_at, (SELECT now FROM t)),
    cancel_reason = CASE WHEN run.cancel_requested_at IS NULL THEN $2::text ELSE run.cancel_reason END,
    inbox = run.inbox + 1,
    status = CASE WHEN held.untouched THEN 'CANCELLED' ELSE run.status END,
    finished_at = CASE WHEN held.untouched THEN (SELECT now FROM t) END,
    wake_at = CASE WHEN NOT held.untouched AND run.status <> 'RUNNING' THEN (SELECT now FROM t) END,
    claim_rank = ${claimRank('(SELECT now FROM t)', 'run.priority')},
    seq = nextval('${s}.change_seq')
  FROM held WHERE run.id = held.id
)
SELECT status, epoch, owner, queue, untouched FROM held`;
}

/**
 * Ends a run that a worker had, but gave back before any node had a record. The epoch makes the look at `node` safe: no
 * node can have been written since it was read, for that takes a claim, and neither can a call have been offered.
 */
export function cancelUnstartedSql(s: string): string {
  return `
WITH ${CLOCK}
UPDATE ${s}.run SET status = 'CANCELLED', finished_at = (SELECT now FROM t), wake_at = NULL, seq = nextval('${s}.change_seq')
WHERE id = $1::uuid AND epoch = $2::integer AND status IN ('PENDING', 'WAITING') AND cancel_requested_at IS NOT NULL
  AND parent_id IS NULL
  AND NOT EXISTS (SELECT FROM ${s}.node WHERE run_id = $1::uuid)
  AND NOT EXISTS (SELECT FROM ${s}.dispatch WHERE run_id = $1::uuid)`;
}
