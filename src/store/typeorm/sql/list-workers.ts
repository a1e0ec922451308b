import { CLAIMABLE_STATUSES, CLOCK, ms } from './fragments';

/** Workers that nobody declared dead, and those asked for. One row without a worker when there are none: for the clock. */
export function listWorkersSql(s: string): string {
  return `
WITH ${CLOCK}
SELECT ${ms('t.now')} AS now, w.id, w.label, w.queues, w.workflows, NOT w.dead AND w.lease_until > t.now AS is_alive,
       ${ms('w.registered_at')} AS registered_at, ${ms('w.seen_at')} AS seen_at,
       CASE WHEN isfinite(w.lease_until) THEN ${ms('w.lease_until')} END AS lease_until
FROM t LEFT JOIN ${s}.worker AS w ON NOT w.dead OR w.id = ANY ($1::uuid[])
ORDER BY w.registered_at, w.id`;
}

/** How many due runs of its queue a claim would take before this one. */
export function countBeforeSql(s: string): string {
  return `
WITH ${CLOCK},
me AS MATERIALIZED (SELECT id, queue, claim_rank FROM ${s}.run WHERE id = $1::uuid AND status IN ${CLAIMABLE_STATUSES})
SELECT count(*)::integer AS before FROM (
  SELECT FROM ${s}.run
  WHERE status IN ${CLAIMABLE_STATUSES} AND wake_at <= (SELECT now FROM t) AND queue = (SELECT queue FROM me)
    AND claim_rank <= (SELECT claim_rank FROM me) AND (claim_rank, id) < (SELECT claim_rank, id FROM me)
  LIMIT $2::integer
) AS run`;
}
