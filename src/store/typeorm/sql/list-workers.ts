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

/** How many due runs of its queue have a better rank than this one, line by line as claims go: one per workflow. */
export function countBeforeSql(s: string): string {
  return `
WITH ${CLOCK},
me AS MATERIALIZED (SELECT id, queue, claim_rank FROM ${s}.run WHERE id = $1::uuid AND status IN ${CLAIMABLE_STATUSES})
SELECT count(*)::integer AS before FROM (
  SELECT FROM unnest($2::text[]) AS line(workflow) CROSS JOIN LATERAL (
    SELECT FROM ${s}.run
    WHERE run.status IN ${CLAIMABLE_STATUSES} AND run.queue = (SELECT queue FROM me) AND run.workflow = line.workflow
      AND run.claim_rank <= (SELECT claim_rank FROM me) AND (run.claim_rank, run.id) < (SELECT claim_rank, id FROM me)
      AND run.wake_at <= (SELECT now FROM t)
    LIMIT $3::integer
  ) AS found LIMIT $3::integer
) AS run`;
}
