import { OPEN_STATUSES } from './fragments';

const ADDRESSES = 'unnest($3::text[], $4::integer[], $5::integer[]) AS x(node, idx, attempt)';

/** Withdraws what nobody has claimed, and marks the rest: answers with both, and who has it. The rows are locked before anything is read that decides between the two. */
export function abortCallsSql(s: string): string {
  return `
WITH held AS MATERIALIZED (
  SELECT id FROM ${s}.run WHERE id = $1::uuid AND epoch = $2::integer AND status = 'RUNNING' FOR NO KEY UPDATE
),
found AS MATERIALIZED (
  SELECT d.node, d.idx, d.worker FROM ${s}.dispatch AS d JOIN ${ADDRESSES} ON d.node = x.node AND d.idx = x.idx AND d.attempt = x.attempt
  WHERE d.run_id = $1::uuid AND d.outcome IS NULL AND EXISTS (SELECT FROM held) ORDER BY d.node, d.idx FOR UPDATE OF d
),
withdrawn AS (
  DELETE FROM ${s}.dispatch AS d USING found
  WHERE d.run_id = $1::uuid AND d.node = found.node AND d.idx = found.idx AND found.worker IS NULL
),
marked AS (
  UPDATE ${s}.dispatch AS d SET abort = $6::text FROM found
  WHERE d.run_id = $1::uuid AND d.node = found.node AND d.idx = found.idx AND found.worker IS NOT NULL
)
SELECT node, idx, worker FROM found`;
}

/**
 * Removes rows for the owner of this epoch, also when the run is over by now: the row that ended it may be the last. The generation
 * spares a row that was offered anew since its predecessor of the same number was found.
 */
export function removeCallsSql(s: string): string {
  return `
WITH held AS MATERIALIZED (
  SELECT id FROM ${s}.run WHERE id = $1::uuid AND epoch = $2::integer FOR NO KEY UPDATE
)
DELETE FROM ${s}.dispatch AS d
USING held, unnest($3::text[], $4::integer[], $5::integer[], $6::integer[]) AS x(node, idx, attempt, generation)
WHERE d.run_id = held.id AND d.node = x.node AND d.idx = x.idx AND d.attempt = x.attempt AND d.generation = x.generation`;
}

const FREED = `worker = NULL, claimed_at = NULL, token = d.token + 1`;

export function releaseCallsSql(s: string): string {
  return `
WITH found AS MATERIALIZED (
  SELECT d.run_id, d.node, d.idx FROM ${s}.dispatch AS d
  JOIN unnest($1::uuid[], $2::text[], $3::integer[], $4::integer[]) AS x(run_id, node, idx, token)
    ON d.run_id = x.run_id AND d.node = x.node AND d.idx = x.idx AND d.token = x.token
  WHERE d.worker IS NOT NULL AND d.outcome IS NULL ORDER BY d.run_id, d.node, d.idx FOR UPDATE OF d
)
UPDATE ${s}.dispatch AS d SET ${FREED} FROM found WHERE d.run_id = found.run_id AND d.node = found.node AND d.idx = found.idx
RETURNING d.queue`;
}

/** All calls of a worker that says goodbye. Before its lease ends: afterwards they could be claimed as those of a dead one. */
export function releaseWorkersCallsSql(s: string): string {
  return `
WITH found AS MATERIALIZED (
  SELECT run_id, node, idx FROM ${s}.dispatch WHERE worker = $1::uuid AND outcome IS NULL ORDER BY run_id, node, idx FOR UPDATE
)
UPDATE ${s}.dispatch AS d SET ${FREED} FROM found WHERE d.run_id = found.run_id AND d.node = found.node AND d.idx = found.idx
RETURNING d.queue`;
}

/**
 * Rows that an owner left behind when its run ended: no claim takes them. The token makes sure that a row that was replaced in the
 * meantime, for a run that was retried, is not taken for the one that was found.
 */
export function sweepCallsSql(s: string): string {
  return `
WITH left_behind AS MATERIALIZED (
  SELECT d.run_id, d.node, d.idx, d.token FROM ${s}.dispatch AS d WHERE NOT EXISTS (
    SELECT FROM ${s}.run WHERE run.id = d.run_id AND run.generation = d.generation AND run.status IN ${OPEN_STATUSES})
  LIMIT 10000
)
DELETE FROM ${s}.dispatch AS d USING left_behind AS l
WHERE d.run_id = l.run_id AND d.node = l.node AND d.idx = l.idx AND d.token = l.token`;
}
