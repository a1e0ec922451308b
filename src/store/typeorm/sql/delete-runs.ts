import { LOOKED_AT_PER_RUN } from '../../delete-runs';
import { CLOCK, ms, OPEN_STATUSES } from './fragments';

/** The tables whose rows belong to a run, by a column `run_id`: they go with it, in the same statement. */
export const TABLES_OF_A_RUN = ['node', 'dispatch', 'signal', 'log'] as const;

const AGE = `CASE status WHEN 'COMPLETED' THEN $1::double precision WHEN 'FAILED' THEN $2::double precision
  WHEN 'CANCELLED' THEN $3::double precision END`;

/**
 * One batch of a cleanup: walks runs in the order of their creation from where the last batch ended, and deletes those that are
 * old enough, with everything of theirs.
 *
 * No run ends before it is created, so `run_created` bounds the walk: younger runs are never read, however many there are, and
 * no index on `finished_at` burdens every run's end. A run whose row is taken is left to a later round. One that was retried
 * since the snapshot has another epoch, and is not old enough any more: it is left alone. At the epoch in which the snapshot
 * sees a run final, no row of it can be missing from the snapshot, so nothing stays behind.
 *
 * The child of a run that is not over stays: what its parent waits for is in its row.
 *
 * Ids go on as arrays, for which the planner always chooses the primary key; a join of unknown size may read a whole table.
 */
export function deleteRunsSql(s: string): string {
  const ids = (from: string): string => `ANY (ARRAY(SELECT id FROM ${from}))`;
  const children = TABLES_OF_A_RUN.map(
    (table) => `gone_${table} AS (DELETE FROM ${s}.${table} WHERE run_id = ${ids('held')})`,
  );
  return `
WITH ${CLOCK},
seen AS MATERIALIZED (
  SELECT id, created_at, epoch, coalesce(finished_at <= (SELECT now FROM t) - (${AGE}) * interval '1 millisecond', false) AS old
  FROM ${s}.run
  WHERE created_at <= (SELECT now FROM t) - least($1::double precision, $2::double precision, $3::double precision) * interval '1 millisecond'
    AND (created_at, id) > (coalesce(to_timestamp($4::double precision / 1000), '-infinity'), $5::uuid)
  ORDER BY created_at, id LIMIT $6::integer * ${LOOKED_AT_PER_RUN}
),
chosen AS MATERIALIZED (
  SELECT id, created_at, epoch FROM seen WHERE old ORDER BY created_at, id LIMIT $6::integer
),
held AS MATERIALIZED (
  SELECT run.id FROM ${s}.run JOIN chosen ON chosen.id = run.id AND chosen.epoch = run.epoch
  WHERE run.id = ${ids('chosen')} AND run.status IN ('COMPLETED', 'FAILED', 'CANCELLED')
    AND (run.parent_id IS NULL OR NOT EXISTS (SELECT FROM ${s}.run AS p WHERE p.id = run.parent_id AND p.status IN ${OPEN_STATUSES}))
  FOR UPDATE OF run SKIP LOCKED
),
${children.join(',\n')},
gone AS (DELETE FROM ${s}.run WHERE id = ${ids('held')} RETURNING id),
stop AS (
  SELECT id, created_at FROM (
    (SELECT id, created_at FROM chosen WHERE (SELECT count(*) FROM chosen) = $6::integer ORDER BY created_at DESC, id DESC LIMIT 1)
    UNION ALL
    (SELECT id, created_at FROM seen WHERE (SELECT count(*) FROM seen) = $6::integer * ${LOOKED_AT_PER_RUN}
     ORDER BY created_at DESC, id DESC LIMIT 1)
  ) AS ends ORDER BY created_at, id LIMIT 1
)
SELECT (SELECT count(*) FROM gone)::integer AS deleted, stop.id, ${ms('stop.created_at')} AS created_at
FROM (SELECT) AS one LEFT JOIN stop ON true`;
}
