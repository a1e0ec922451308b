import { CLAIMABLE_STATUSES, NOW, ms } from './fragments';

/**
 * What stands in each queue. Both halves walk partial indexes of runs that are not over, so that history costs nothing. `later` has parked runs
 * without an instant, too.
 */
export function listQueuesSql(s: string): string {
  const isDue = 'run.wake_at <= t.now';
  return `
WITH t AS MATERIALIZED (SELECT ${NOW} AS now),
idle AS (
  SELECT run.queue, count(*) FILTER (WHERE ${isDue}) AS due, min(run.wake_at) FILTER (WHERE ${isDue}) AS oldest,
    count(*) FILTER (WHERE run.wake_at IS NULL AND run.status = 'PENDING') AS held, count(*) AS idle
  FROM ${s}.run CROSS JOIN t WHERE run.status IN ${CLAIMABLE_STATUSES} GROUP BY run.queue
),
busy AS (
  SELECT run.queue, count(*) AS running FROM ${s}.run WHERE run.owner IS NOT NULL AND run.status = 'RUNNING' GROUP BY run.queue
)
SELECT queue, coalesce(due, 0)::integer AS due, ${ms('oldest')} AS oldest_due_at, coalesce(held, 0)::integer AS held,
  coalesce(idle - due - held, 0)::integer AS later, coalesce(running, 0)::integer AS running
FROM idle FULL JOIN busy USING (queue) ORDER BY queue`;
}
