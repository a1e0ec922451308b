import { NOW, OPEN_STATUSES, ms } from './fragments';

/** What stands in each queue. `later` has parked runs without an instant, too. */
export function listQueuesSql(s: string): string {
  return `
WITH t AS MATERIALIZED (SELECT ${NOW} AS now)
SELECT run.queue,
  count(*) FILTER (WHERE run.status <> 'RUNNING' AND run.wake_at <= t.now)::integer AS due,
  ${ms(`min(run.wake_at) FILTER (WHERE run.status <> 'RUNNING' AND run.wake_at <= t.now)`)} AS oldest_due_at,
  count(*) FILTER (WHERE run.wake_at > t.now OR (run.status = 'WAITING' AND run.wake_at IS NULL))::integer AS later,
  count(*) FILTER (WHERE run.status = 'RUNNING')::integer AS running,
  count(*) FILTER (WHERE run.status = 'PENDING' AND run.wake_at IS NULL)::integer AS held
FROM ${s}.run CROSS JOIN t WHERE run.status IN ${OPEN_STATUSES}
GROUP BY run.queue ORDER BY run.queue`;
}
