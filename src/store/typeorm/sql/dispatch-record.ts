import { claimRank, CLOCK, OPEN_STATUSES } from './fragments';

/**
 * Leaves results of attempts on their rows and wakes their runs. The runs are locked first, in order of id, so that none can end, be
 * retried or be parked in between: an owner that parks either sees the raised inbox, or parks before and is woken.
 *
 * A row that has this very result's token and outcome already is an answer whose first sending was lost; that run was told then.
 */
export function recordCallsSql(s: string): string {
  return `${leaveResults(s, '')}
SELECT left_on.run_id, left_on.node, left_on.idx, held.owner, held.queue FROM left_on JOIN held ON held.id = left_on.run_id
UNION ALL
SELECT d.run_id, d.node, d.idx, NULL, NULL FROM ${s}.dispatch AS d
JOIN x ON d.run_id = x.run_id AND d.node = x.node AND d.idx = x.idx AND d.generation = x.generation AND d.attempt = x.attempt
  AND d.token = x.token AND d.outcome = x.outcome`;
}

/** @param condition what else must be true of `held` and of the row `d` */
export function leaveResults(s: string, condition: string): string {
  return `
WITH ${CLOCK},
x AS MATERIALIZED (
  SELECT * FROM unnest(
    $1::uuid[], $2::text[], $3::integer[], $4::integer[], $5::integer[], $6::integer[], $7::text[], $8::text[], $9::text[]
  ) AS x(run_id, node, idx, generation, attempt, token, outcome, value, detail)
),
held AS MATERIALIZED (
  SELECT id, generation, owner, queue, cancel_reason, cancel_requested_at IS NOT NULL AS cancelled FROM ${s}.run
  WHERE id = ANY ($1::uuid[]) AND status IN ${OPEN_STATUSES} ORDER BY id FOR NO KEY UPDATE
),
left_on AS (
  UPDATE ${s}.dispatch AS d SET outcome = x.outcome, value = x.value::jsonb, detail = x.detail::jsonb, ended_at = (SELECT now FROM t)
  FROM x JOIN held ON held.id = x.run_id AND held.generation = x.generation
  WHERE d.run_id = x.run_id AND d.node = x.node AND d.idx = x.idx AND d.generation = x.generation AND d.attempt = x.attempt
    AND d.token = x.token AND d.worker IS NOT NULL AND d.outcome IS NULL ${condition}
  RETURNING d.run_id, d.node, d.idx
),
woken AS (
  UPDATE ${s}.run SET inbox = run.inbox + 1, seq = nextval('${s}.change_seq'),
    wake_at = CASE WHEN run.status = 'WAITING' THEN (SELECT now FROM t) ELSE run.wake_at END,
    claim_rank = CASE WHEN run.status = 'WAITING' THEN ${claimRank('(SELECT now FROM t)', 'run.priority')} ELSE run.claim_rank END
  FROM (SELECT DISTINCT run_id FROM left_on) AS l WHERE run.id = l.run_id
)`;
}
