import { claimRank, CLOCK, OPEN_STATUSES } from './fragments';

/**
 * Keeps a signal. The run's row is locked first, so that signals of one run have their order, and that none is kept for a run that
 * ends in the same moment.
 */
export function sendSignalSql(s: string): string {
  return `
WITH ${CLOCK},
held AS MATERIALIZED (
  SELECT id, status, owner, queue FROM ${s}.run WHERE id = $1::uuid AND status IN ${OPEN_STATUSES} FOR NO KEY UPDATE
),
kept AS (
  INSERT INTO ${s}.signal (run_id, id, name, key, payload, sent_at)
  SELECT held.id, $2::uuid, $3::text, $4::text, $5::jsonb, (SELECT now FROM t) FROM held
  ON CONFLICT DO NOTHING RETURNING id
),
chg AS (
  UPDATE ${s}.run SET inbox = run.inbox + 1,
    wake_at = CASE WHEN run.status = 'WAITING' THEN (SELECT now FROM t) ELSE run.wake_at END,
    claim_rank = CASE WHEN run.status = 'WAITING' THEN ${claimRank('(SELECT now FROM t)', 'run.priority')} ELSE run.claim_rank END,
    seq = nextval('${s}.change_seq')
  FROM held WHERE run.id = held.id AND EXISTS (SELECT FROM kept)
)
SELECT status, owner, queue, EXISTS (SELECT FROM kept) AS is_new FROM held`;
}

/** Whether there is such a run, and with what inbox; and the signals that wait, in their order. One snapshot holds both. */
export function findSignalsSql(s: string): string {
  return `
SELECT run.inbox, found.id, found.name, found.payload
FROM ${s}.run LEFT JOIN LATERAL (
  SELECT a.id, a.name, a.payload, a.position
  FROM unnest($2::text[], $3::integer[]) AS wanted(name, lim) CROSS JOIN LATERAL (
    SELECT id, name, payload, position FROM ${s}.signal
    WHERE run_id = $1::uuid AND name = wanted.name AND taken_at IS NULL ORDER BY position LIMIT wanted.lim
  ) AS a
) AS found ON TRUE
WHERE run.id = $1::uuid ORDER BY found.position`;
}
