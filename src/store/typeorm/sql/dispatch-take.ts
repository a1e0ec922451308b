import { ms } from './fragments';

/** Which calls of a run have a row. */
export function listCallsSql(s: string): string {
  return `
SELECT node, idx, attempt, generation, queue, ${ms('created_at')} AS offered_at, worker, ${ms('claimed_at')} AS claimed_at,
  crashes, outcome IS NOT NULL AS has_result
FROM ${s}.dispatch WHERE run_id = $1::uuid ORDER BY node, idx`;
}

/** Results of a run's calls, and the inbox of the same snapshot; one row without a node when there are none. */
export function takeCallsSql(s: string): string {
  return `
SELECT run.inbox, d.node, d.idx, d.attempt, d.generation, d.outcome, d.value, d.detail
FROM ${s}.run LEFT JOIN LATERAL (
  SELECT * FROM ${s}.dispatch WHERE run_id = run.id AND outcome IS NOT NULL ORDER BY ended_at, node, idx LIMIT $2::integer
) AS d ON true
WHERE run.id = $1::uuid`;
}
