import { CLOCK, ms, OPEN_STATUSES } from './fragments';

/**
 * One beat of a worker that executes calls of other workers' runs: which it has, and new claims.
 *
 * A row is free when nobody has it, or a worker that is dead: its claim charges a crash. A worker's row that is not seen says nothing,
 * for it may be younger than this statement's snapshot; only a claim of more than a day ago outlives the row of a dead worker,
 * which is swept then. A run with a version takes no code of another. The claims hold the worker's own row with KEY SHARE, so that it cannot be declared dead before they commit.
 */
export function pollCallsSql(s: string): string {
  return `
WITH ${CLOCK},
me AS MATERIALIZED (
  SELECT id FROM ${s}.worker WHERE id = $1::uuid AND NOT dead AND lease_until > (SELECT now FROM t) FOR KEY SHARE
),
code AS MATERIALIZED (
  SELECT * FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $10::text[]) AS code(workflow, flow, node, shape, version)
),
plain AS MATERIALIZED (${dueSql(s, '<', '$7::integer')}),
suspect AS MATERIALIZED (${dueSql(s, '>=', '$9::integer')}),
due AS MATERIALIZED (
  (SELECT * FROM suspect ORDER BY claim_rank LIMIT $9::integer)
  UNION ALL
  (SELECT * FROM plain ORDER BY claim_rank LIMIT $7::integer)
),
claimed AS (
  UPDATE ${s}.dispatch AS d SET worker = $1::uuid, claimed_at = (SELECT now FROM t), token = d.token + 1,
    crashes = d.crashes + due.lost
  FROM due WHERE d.run_id = due.run_id AND d.node = due.node AND d.idx = due.idx
  RETURNING d.*
)
SELECT 'held' AS kind, json_build_object('runId', d.run_id, 'node', d.node, 'index', d.idx, 'token', d.token, 'abort', d.abort) AS data
FROM ${s}.dispatch AS d JOIN ${s}.run ON run.id = d.run_id AND run.generation = d.generation AND run.status IN ${OPEN_STATUSES}
WHERE d.worker = $1::uuid AND d.outcome IS NULL AND EXISTS (SELECT FROM me)
UNION ALL
SELECT 'claimed', row_to_json(c) FROM (
  SELECT claimed.run_id, claimed.node, claimed.idx, claimed.generation, claimed.attempt, claimed.workflow, claimed.flow,
         claimed.shape, claimed.queue, claimed.needs, claimed.failures, ${ms('claimed.first_started_at')} AS first_started_at,
         claimed.idempotency_key, claimed.decisive_node, claimed.decisive_idx, claimed.token, claimed.crashes,
         coalesce(claimed.trace, run.trace) AS trace, run.version, run.input
  FROM claimed JOIN ${s}.run ON run.id = claimed.run_id
  ORDER BY claimed.claim_rank, claimed.run_id, claimed.node, claimed.idx
) AS c`;
}

/**
 * Free calls of each queue by its own index, longest waiting first, so that a long line in one queue does not delay another.
 * `lost` is 1 where a dead worker has the row. The claim of such a row counts for whether it is a suspect.
 */
function dueSql(s: string, comparison: '<' | '>=', limit: string): string {
  return `
  SELECT one.* FROM unnest($2::text[]) AS q(queue) CROSS JOIN LATERAL (
    SELECT d.run_id, d.node, d.idx, d.claim_rank, (d.worker IS NOT NULL)::integer AS lost FROM ${s}.dispatch AS d
    WHERE d.queue = q.queue AND d.outcome IS NULL AND d.abort IS NULL
      AND d.crashes + (d.worker IS NOT NULL)::integer ${comparison} $8::integer
      AND (d.worker IS NULL
           OR EXISTS (SELECT FROM ${s}.worker WHERE worker.id = d.worker AND worker.dead)
           OR d.claimed_at < (SELECT now FROM t) - interval '1 day' AND NOT EXISTS (SELECT FROM ${s}.worker WHERE worker.id = d.worker))
      AND (d.workflow, d.flow, d.node, d.shape) IN (SELECT workflow, flow, node, shape FROM code)
      AND EXISTS (SELECT FROM ${s}.run WHERE run.id = d.run_id AND run.generation = d.generation AND run.status IN ${OPEN_STATUSES}
                  AND (run.version IS NULL OR EXISTS (SELECT FROM code WHERE (code.workflow, code.flow, code.node, code.shape) =
                       (d.workflow, d.flow, d.node, d.shape) AND coalesce(code.version, run.version) = run.version)))
    ORDER BY d.claim_rank LIMIT ${limit} FOR UPDATE OF d SKIP LOCKED
  ) AS one WHERE EXISTS (SELECT FROM me)`;
}

/** The records that claimed calls need, by pairs of run and node. */
export function findUpstreamSql(s: string, columns: string): string {
  return `
SELECT ${columns} FROM unnest($1::uuid[], $2::text[]) AS x(run_id, node)
JOIN ${s}.node ON node.run_id = x.run_id AND node.node = x.node ORDER BY node.seq`;
}
