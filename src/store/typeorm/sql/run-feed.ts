import { CLOCK, ms } from './fragments';

const NOTHING = 'NULL';

/** The columns of an entry, so that nodes and lines come as rows of one shape. */
const ENTRY = ['kind', 'seq', 'node', 'idx', 'attempt', 'at', 'data'] as const;

/** One snapshot holds everything: read one after the other, a node that committed in between would be passed over by the number of a line. */
export function readFeedSql(s: string): string {
  const columns = ENTRY.map((column) => `e.${column}`).join(', ');
  return `
SELECT f.run_id, 'run' AS kind, run.seq, run.flow AS node, -1 AS idx, 0 AS attempt, ${NOTHING}::double precision AS at, json_build_object(
         'workflow', run.workflow, 'flow', run.flow, 'status', run.status, 'generation', run.generation,
         'isCancelRequested', run.cancel_requested_at IS NOT NULL, 'error', run.error,
         'finishedAt', ${ms('run.finished_at')}, 'wakeAt', ${ms('run.wake_at')}) AS data
FROM unnest($1::uuid[]) AS f(run_id) JOIN ${s}.run ON run.id = f.run_id
UNION ALL
SELECT f.run_id, ${columns}
FROM unnest($1::uuid[], $2::bigint[]) AS f(run_id, after) CROSS JOIN LATERAL (
  SELECT 'node' AS kind, n.seq, n.node, n.idx, n.attempt, ${NOTHING}::double precision AS at, ${nodeData('n', 'n.kind')} AS data
  FROM ${s}.node AS n WHERE n.run_id = f.run_id AND n.seq > f.after
  UNION ALL
  SELECT 'node', r.seq, r.flow, -1, 1, NULL, json_build_object('kind', 'flow', 'status', 'COMPLETED', 'generation', r.generation,
         'startedAt', ${ms('r.flow_started_at')}, 'finishedAt', ${ms('r.finished_at')})
  FROM ${s}.run AS r WHERE r.id = f.run_id AND r.flow_started_at IS NOT NULL AND r.seq > f.after
  UNION ALL
  ${linesOf(s, 'l.run_id = f.run_id AND l.seq > f.after')}
  ORDER BY seq LIMIT $3::integer + 1
) AS e
ORDER BY seq`;
}

export function findLinesSql(s: string): string {
  return `SELECT l.run_id, e.* FROM (SELECT $1::uuid AS run_id) AS l CROSS JOIN LATERAL (
  ${linesOf(s, 'l.run_id = $1::uuid AND l.fraction IS NULL')}
) AS e ORDER BY e.seq`;
}

function nodeData(n: string, kind: string): string {
  return `json_build_object('kind', ${kind}, 'status', ${n}.status, 'generation', ${n}.generation, 'error', ${n}.error,
         'reason', ${n}.reason, 'wait', ${n}.wait, 'elements', ${n}.elements, 'startedAt', ${ms(`${n}.started_at`)},
         'finishedAt', ${ms(`${n}.finished_at`)}, 'wakeAt', ${ms(`${n}.wake_at`)})`;
}

function linesOf(s: string, condition: string): string {
  return `SELECT CASE WHEN l.fraction IS NULL THEN 'line' ELSE 'progress' END AS kind, l.seq, l.node, l.idx, l.attempt, ${ms('l.at')} AS at,
         json_build_object('level', l.level, 'message', l.message, 'fields', l.fields, 'fraction', l.fraction) AS data
  FROM ${s}.log AS l WHERE ${condition}`;
}

/**
 * Adds lines of several runs. Their rows are locked first, in order of id, as every record locks them: the numbers of lines and nodes of a
 * run then grow together in the order of commits.
 */
export function keepLinesSql(s: string): string {
  return `
WITH ${CLOCK},
x AS MATERIALIZED (
  SELECT *, row_number() OVER (PARTITION BY run_id ORDER BY place DESC) AS back, count(*) OVER (PARTITION BY run_id) AS added
  FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::double precision[],
                       $9::double precision[]) WITH ORDINALITY AS x(run_id, node, idx, attempt, level, message, fields, fraction, age, place)
),
held AS MATERIALIZED (
  SELECT id FROM ${s}.run WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE
),
room AS MATERIALIZED (
  SELECT run_id, greatest($10::bigint - max(added), 0) AS rest FROM x GROUP BY run_id
),
gone AS (
  DELETE FROM ${s}.log AS l USING held JOIN room ON room.run_id = held.id WHERE l.run_id = held.id AND (
    l.seq <= (SELECT seq FROM ${s}.log WHERE run_id = held.id ORDER BY seq DESC OFFSET room.rest LIMIT 1)
    OR l.fraction IS NOT NULL AND EXISTS (
      SELECT FROM x WHERE x.run_id = l.run_id AND x.node = l.node AND x.idx = l.idx AND x.fraction IS NOT NULL)
  )
)
INSERT INTO ${s}.log (run_id, seq, node, idx, attempt, level, message, fields, fraction, at)
SELECT x.run_id, nextval('${s}.change_seq'), x.node, x.idx, x.attempt, x.level, x.message, x.fields::jsonb, x.fraction,
       (SELECT now FROM t) - x.age * interval '1 millisecond'
FROM x JOIN held ON held.id = x.run_id WHERE x.back <= $10::bigint ORDER BY x.place`;
}
