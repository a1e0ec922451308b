import { after, claimRank, CLOCK } from './fragments';

/**
 * Inserts runs; answers with those that are new. Who is not in the answer exists already: `find-existing.ts` tells who has its
 * id or key, in a statement of its own, because this one's snapshot may be older than the row it ran into.
 *
 * Without telemetry no run has a trace, and the statement, which is sent for every start, knows nothing of them.
 *
 * A run is its worker's at once only while the worker's row is alive, and KEY SHARE keeps it so until the commit.
 */
export function createRunSql(s: string, { traced }: { readonly traced: boolean }): string {
  return `
WITH ${CLOCK},
x AS MATERIALIZED (
  SELECT * FROM ROWS FROM (
    unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::text[], $10::text[],
           $11::text[], $12::double precision[], $13::double precision[], $14::double precision[], $15::double precision[],
           $16::uuid[], $17::uuid[]${traced ? ', $18::text[]' : ''}),
    jsonb_array_elements($9::jsonb)
  ) AS x(id, workflow, version, flow, fingerprint, queue, priority, tags, input_hash, idempotency_key, start_delay,
         start_at, deadline_delay, deadline_at, parent_id, worker_id${traced ? ', trace' : ''}, input)
),
alive AS MATERIALIZED (
  SELECT id FROM ${s}.worker WHERE id = ANY ($17::uuid[]) AND NOT dead AND lease_until > (SELECT now FROM t) FOR KEY SHARE
),
y AS MATERIALIZED (
  SELECT x.*, alive.id AS owner, d.instant AS deadline, least(greatest((SELECT now FROM t), s.instant), d.instant) AS wake_at
  FROM x LEFT JOIN alive ON alive.id = x.worker_id
  CROSS JOIN LATERAL (SELECT coalesce(${after('x.start_delay')}, to_timestamp(x.start_at / 1000)) AS instant) AS s
  CROSS JOIN LATERAL (SELECT coalesce(${after('x.deadline_delay')}, to_timestamp(x.deadline_at / 1000)) AS instant) AS d
),
made AS (
  INSERT INTO ${s}.run (id, workflow, version, flow, fingerprint, queue, priority, tags, input, input_hash,
    idempotency_key, parent_id, owner, status, epoch, created_at, started_at, wake_at, claim_rank, deadline_at${traced ? ', trace' : ''}, seq)
  SELECT y.id, y.workflow, y.version, y.flow, y.fingerprint, y.queue, y.priority,
         CASE WHEN y.tags IS NULL THEN '{}' ELSE ARRAY(SELECT jsonb_array_elements_text(y.tags::jsonb)) END, y.input -> 0, y.input_hash,
         y.idempotency_key, y.parent_id, y.owner,
         CASE WHEN y.owner IS NULL THEN 'PENDING' ELSE 'RUNNING' END,
         CASE WHEN y.owner IS NULL THEN 0 ELSE 1 END,
         (SELECT now FROM t),
         CASE WHEN y.owner IS NULL THEN NULL ELSE (SELECT now FROM t) END,
         CASE WHEN y.owner IS NULL THEN y.wake_at END,
         ${claimRank('y.wake_at', 'y.priority')}, y.deadline${traced ? ', y.trace' : ''}, nextval('${s}.change_seq')
  FROM y
  ON CONFLICT DO NOTHING
  RETURNING id, owner, epoch, created_at, deadline_at
)
SELECT made.id, made.owner IS NOT NULL AS owned, made.epoch,
       (extract(epoch FROM made.created_at) * 1000)::double precision AS created_at,
       (extract(epoch FROM made.deadline_at) * 1000)::double precision AS deadline_at
FROM made`;
}
