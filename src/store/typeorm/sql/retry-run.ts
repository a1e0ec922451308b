import { claimRank, CLOCK, ms } from './fragments';

/** What a retry must know before it writes: the epoch ties the two statements together. */
export function runStateSql(s: string): string {
  return `SELECT status, epoch, generation FROM ${s}.run WHERE id = $1::uuid`;
}

/** The call of a node that went well at once and therefore has no list of attempts yet: history begins with it. */
const SINGLE_CALL = `jsonb_build_array(jsonb_build_object(
  'attempt', node.attempt, 'outcome', 'completed', 'generation', node.generation,
  'startedAt', ${ms('node.started_at')}, 'finishedAt', ${ms('node.finished_at')}))`;

/**
 * Puts a final run back to work. Sent only after the run was seen final at this epoch, so that the snapshot holds all of its
 * nodes. The time that a deadline allowed is given again in full.
 *
 * $4 and $5 are compensations and their tasks: what one of them has begun to undo is to be done anew. With $6 only they are begun anew, as
 * far as they are not COMPLETED, and a cancel stands.
 */
export function retryRunSql(s: string): string {
  return `
WITH ${CLOCK},
chg AS (
  UPDATE ${s}.run SET status = 'PENDING', epoch = epoch + 1, generation = generation + 1, inbox = inbox + 1, crashes = 0,
    refused = '{}', cancel_requested_at = CASE WHEN $6::boolean THEN cancel_requested_at END,
    cancel_reason = CASE WHEN $6::boolean THEN cancel_reason END, output = NULL, error = NULL, errors = NULL,
    finished_at = NULL, wake_at = (SELECT now FROM t),
    claim_rank = ${claimRank('(SELECT now FROM t)', 'priority')},
    deadline_at = (SELECT now FROM t) + (deadline_at - coalesce(retried_at, created_at)), retried_at = (SELECT now FROM t), seq = nextval('${s}.change_seq')
  WHERE id = $1::uuid AND epoch = $2::integer AND status IN ('FAILED', 'CANCELLED')
  RETURNING id, epoch, generation, queue
),
undone AS MATERIALIZED (
  SELECT pair.task, node.idx FROM unnest($4::text[], $5::text[]) AS pair(compensation, task)
  JOIN ${s}.node ON node.run_id = $1::uuid AND node.node = pair.compensation AND node.status <> 'PENDING'
),
reset AS (
  UPDATE ${s}.node SET status = 'PENDING', generation = chg.generation, epoch = chg.epoch, output = NULL, error = NULL,
    reason = NULL, elements = NULL, wait = NULL, reused_from = NULL, started_at = NULL, finished_at = NULL, wake_at = NULL,
    reset_in = CASE WHEN node.status = 'COMPLETED' THEN chg.generation ELSE node.reset_in END,
    attempts = CASE WHEN node.status = 'COMPLETED' AND node.attempts IS NULL AND node.attempt > 0
                    THEN ${SINGLE_CALL} ELSE node.attempts END,
    seq = nextval('${s}.change_seq')
  FROM chg
  WHERE node.run_id = chg.id AND CASE
    WHEN $6::boolean THEN node.kind = 'compensation' AND node.status <> 'COMPLETED'
    ELSE node.kind = 'compensation' OR node.status <> 'COMPLETED' OR node.node = ANY ($3::text[])
      OR EXISTS (SELECT FROM undone WHERE undone.task = node.node AND (undone.idx = node.idx OR node.idx = -1)) END
)
SELECT generation, queue FROM chg`;
}
