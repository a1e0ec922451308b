import { after, claimRank, CLOCK, ms } from './fragments';

/** Runs without their values, and of each node the record as a whole and that of the lowest instance that has one. */
export function outlineSql(s: string): string {
  return `
SELECT run.id, run.workflow, run.version, run.flow, run.fingerprint, run.status, run.generation, run.queue, run.priority, run.tags,
       run.input_hash, ${ms('run.created_at')} AS created_at, run.trace, run.flow_started_at IS NOT NULL AS has_flow, coalesce(n.records, '[]') AS records
FROM ${s}.run LEFT JOIN LATERAL (
  SELECT json_agg(json_build_object('node', one.node, 'index', one.idx, 'kind', one.kind, 'shape', one.shape, 'status', one.status,
                                    'elements', one.elements, 'isArray', one.is_array) ORDER BY one.seq) AS records
  FROM (
    SELECT DISTINCT ON (node, idx >= 0) node, idx, kind, shape, status, elements, seq,
           status = 'COMPLETED' AND (elements IS NOT NULL OR jsonb_typeof(output) = 'array') IS TRUE AS is_array
    FROM ${s}.node WHERE run_id = run.id ORDER BY node, idx >= 0, idx
  ) AS one
) AS n ON TRUE
WHERE run.id = ANY ($1::uuid[])`;
}

/** What a copy keeps of a record: all but whose it is, and what only an unfinished one has. */
const COPIED = `node, idx, kind, shape, status, attempt, attempts, output, error, reason, elements, started_at, finished_at`;

/**
 * Inserts a run and copies of another one's records. One statement sees the other run at one moment: a cleanup that deletes it either
 * comes after that, or has left nothing to see; then nothing is inserted. In another generation its records are others than those
 * for which this was decided. The epoch begins at 1, so that the first claim reads the records.
 */
export function createReusingSql(s: string): string {
  return `
WITH ${CLOCK},
source AS MATERIALIZED (
  SELECT id, flow, input, output, flow_started_at, finished_at, seq FROM ${s}.run WHERE id = $17::uuid AND generation = $18::integer
),
d AS MATERIALIZED (
  SELECT coalesce(${after('$12::double precision')}, to_timestamp($13::double precision / 1000)) AS start_at,
         coalesce(${after('$14::double precision')}, to_timestamp($15::double precision / 1000)) AS deadline
),
y AS MATERIALIZED (SELECT deadline, least(greatest((SELECT now FROM t), start_at), deadline) AS wake_at FROM d),
made AS (
  INSERT INTO ${s}.run (id, workflow, version, flow, fingerprint, queue, priority, tags, input, input_hash, idempotency_key,
    parent_id, forked_from, status, epoch, created_at, wake_at, claim_rank, deadline_at, trace, seq)
  SELECT $1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text, $7::integer, $8::text[], coalesce($9::jsonb, source.input),
         $10::text, $11::text, $16::uuid, source.id, 'PENDING', 1, (SELECT now FROM t), y.wake_at,
         ${claimRank('y.wake_at', '$7::integer')}, y.deadline, $24::text, nextval('${s}.change_seq')
  FROM y, source
  ON CONFLICT DO NOTHING
  RETURNING id, created_at, deadline_at
),
kept AS (
  SELECT ${COPIED}, seq, coalesce(node.reused_from, node.run_id) AS origin FROM ${s}.node
  WHERE node.run_id = $17::uuid AND (
    node.node = ANY ($19::text[]) AND status IN ('COMPLETED', 'FAILED', 'SKIPPED')
    OR idx >= 0 AND status = ANY ($22::text[]) AND EXISTS (SELECT FROM unnest($20::text[], $21::integer[]) AS part(node, without)
                            WHERE part.node = node.node AND part.without IS DISTINCT FROM node.idx))
  UNION ALL
  SELECT flow, -1, 'flow', $23::text, 'COMPLETED', 1, NULL, output, NULL, NULL, NULL, flow_started_at, finished_at, seq, id
  FROM source WHERE flow_started_at IS NOT NULL AND flow = ANY ($19::text[])
),
copied AS (
  INSERT INTO ${s}.node (run_id, ${COPIED}, generation, epoch, reused_from, seq)
  SELECT made.id, ${COPIED}, 1, 1, kept.origin, nextval('${s}.change_seq')
  FROM made CROSS JOIN (SELECT * FROM kept ORDER BY seq) AS kept
)
SELECT made.id, FALSE AS owned, 1 AS epoch, ${ms('made.created_at')} AS created_at, ${ms('made.deadline_at')} AS deadline_at FROM made`;
}
