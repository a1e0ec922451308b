import { CLAIMED_COLUMNS } from './columns';
import { after, CLAIMABLE_STATUSES, CLOCK, ms } from './fragments';

/** The runs of one `line` that this worker may take now. A cancel or a passed deadline needs no code: anybody may carry it out. */
const CLAIMABLE_HERE = `run.status IN ${CLAIMABLE_STATUSES} AND run.queue = line.queue AND run.workflow = line.workflow
      AND run.wake_at <= (SELECT now FROM t)
      AND (NOT run.refused && $5::text[] OR run.cancel_requested_at IS NOT NULL OR run.deadline_at <= (SELECT now FROM t))`;

/**
 * One beat of a worker: renew, declare others dead, free the runs of the dead, claim. No row of kind `me` in the answer
 * means that the worker itself was declared dead.
 *
 * `expired` skips a worker in whose name a claim is just being committed. What this snapshot misses, the next poll frees: every
 * run of a dead owner is freed, however long ago its owner died. All locks but the worker's own skip rows that are taken,
 * so that polls never wait for each other.
 *
 * A claim looks at each line of runs, one per queue and workflow, through an index that holds it in order: however many runs wait
 * for other workers, they are not walked over. `aged` goes by age alone, so that nothing starves behind higher priorities; where
 * nobody has a priority, the two orders are the same. What
 * a line yields beyond the limit stays locked until the statement ends, a few milliseconds in which others skip it.
 */
export function pollSql(s: string): string {
  return `
WITH ${CLOCK},
me AS MATERIALIZED (
  UPDATE ${s}.worker SET lease_until = coalesce(${after('$2::double precision')}, 'infinity'), seen_at = (SELECT now FROM t)
  WHERE id = $1::uuid AND NOT dead RETURNING id
),
expired AS MATERIALIZED (
  SELECT id FROM ${s}.worker WHERE NOT dead AND lease_until < (SELECT now FROM t) AND id <> $1::uuid FOR UPDATE SKIP LOCKED
),
killed AS (
  UPDATE ${s}.worker SET dead = true FROM expired WHERE worker.id = expired.id
),
orphan AS MATERIALIZED (
  SELECT a.id FROM (SELECT id FROM ${s}.worker WHERE dead UNION SELECT id FROM expired) AS dead CROSS JOIN LATERAL (
    SELECT run.id FROM ${s}.run WHERE run.owner = dead.id AND run.status = 'RUNNING' LIMIT 1000 FOR UPDATE SKIP LOCKED
  ) AS a
),
freed AS (
  UPDATE ${s}.run SET status = 'PENDING', owner = NULL, epoch = run.epoch + 1, crashes = run.crashes + 1,
    wake_at = (SELECT now FROM t), seq = nextval('${s}.change_seq')
  WHERE run.id = ANY (ARRAY(SELECT id FROM orphan)) RETURNING run.id
),
line AS MATERIALIZED (
  SELECT queue, workflow FROM unnest($3::text[]) AS queue CROSS JOIN unnest($4::text[]) AS workflow WHERE EXISTS (SELECT FROM me)
),
priorities AS MATERIALIZED (
  SELECT lowest, (${ms('t.now')} - 30000 * least(lowest, 0)::double precision)::bigint AS highest_rank
  FROM t, (SELECT min(priority) AS lowest FROM ${s}.run WHERE priority <> 0 AND status IN ${CLAIMABLE_STATUSES}) AS p
),
aged AS MATERIALIZED (
  SELECT a.id FROM line CROSS JOIN LATERAL (
    SELECT run.id, run.wake_at FROM ${s}.run WHERE ${CLAIMABLE_HERE}
    ORDER BY run.wake_at LIMIT (SELECT CASE WHEN lowest IS NOT NULL THEN $7::integer ELSE 0 END FROM priorities)
    FOR UPDATE SKIP LOCKED
  ) AS a ORDER BY a.wake_at, a.id LIMIT $7::integer
),
ranked AS MATERIALIZED (
  SELECT a.id FROM line CROSS JOIN LATERAL (
    SELECT run.id, run.claim_rank FROM ${s}.run WHERE ${CLAIMABLE_HERE}
      AND run.claim_rank <= (SELECT highest_rank FROM priorities)
      AND NOT EXISTS (SELECT FROM aged WHERE aged.id = run.id)
    ORDER BY run.claim_rank LIMIT $6::integer FOR UPDATE SKIP LOCKED
  ) AS a ORDER BY a.claim_rank, a.id LIMIT $6::integer - (SELECT count(*) FROM aged)
),
due AS MATERIALIZED (
  SELECT id FROM aged UNION ALL SELECT id FROM ranked
),
claimed AS (
  UPDATE ${s}.run SET status = 'RUNNING', owner = $1::uuid, epoch = run.epoch + 1, wake_at = NULL,
    started_at = coalesce(run.started_at, (SELECT now FROM t)), seq = nextval('${s}.change_seq')
  FROM due WHERE run.id = due.id RETURNING ${CLAIMED_COLUMNS}, run.claim_rank
)
SELECT 'me' AS kind, json_build_object(
  'now', ${ms('t.now')},
  'recovered', (SELECT count(*) FROM freed),
  'nextDueAt', (SELECT ${ms('min(a.wake_at)')} FROM line CROSS JOIN LATERAL (
                  SELECT run.wake_at FROM ${s}.run
                  WHERE run.status IN ${CLAIMABLE_STATUSES} AND run.queue = line.queue AND run.workflow = line.workflow
                    AND run.wake_at > t.now
                  ORDER BY run.wake_at LIMIT 1) AS a)
) AS data FROM me, t
UNION ALL
SELECT 'owned', json_build_object('id', id, 'epoch', epoch, 'inbox', inbox, 'isCancelRequested', cancel_requested_at IS NOT NULL,
                                  'cancelReason', cancel_reason)
FROM ${s}.run WHERE owner = $1::uuid AND status = 'RUNNING' AND NOT $8::boolean AND EXISTS (SELECT FROM me)
UNION ALL
SELECT 'claimed', row_to_json(c) FROM (SELECT * FROM claimed ORDER BY claim_rank, id) AS c`;
}
