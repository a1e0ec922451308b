import { claimRank, CLOCK } from './fragments';

/**
 * Offers attempts of many runs. An attempt that has a row already is left alone, so that the statement may be sent again and a new
 * owner finds what its predecessor began; the row of an earlier attempt, or of an earlier generation, is replaced. Its token goes on
 * counting: what a worker still holds of the earlier attempt opens nothing.
 */
export function offerCallsSql(s: string): string {
  return `
WITH ${CLOCK},
r AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::integer[], $3::integer[]) AS r(run_id, epoch, generation)
),
x AS MATERIALIZED (
  SELECT * FROM unnest(
    $4::uuid[], $5::text[], $6::integer[], $7::integer[], $8::text[], $9::text[], $10::text[], $11::integer[],
    $12::double precision[], $13::text[], $14::text[], $15::integer[], $16::text[]
  ) AS x(run_id, node, idx, attempt, queue, shape, needs, failures, first_started, idempotency_key, decisive_node, decisive_idx,
         trace)
),
held AS MATERIALIZED (
  SELECT id, epoch, generation, workflow, flow, priority FROM ${s}.run
  WHERE id = ANY ($1::uuid[]) AND status = 'RUNNING' ORDER BY id FOR NO KEY UPDATE
),
ok AS MATERIALIZED (
  SELECT held.* FROM held JOIN r ON r.run_id = held.id AND r.epoch = held.epoch AND r.generation = held.generation
),
ins AS (
  INSERT INTO ${s}.dispatch AS d (run_id, node, idx, generation, attempt, workflow, flow, shape, queue, claim_rank, needs, failures,
    first_started_at, idempotency_key, decisive_node, decisive_idx, trace, created_at)
  SELECT x.run_id, x.node, x.idx, ok.generation, x.attempt, ok.workflow, ok.flow, x.shape, x.queue,
         ${claimRank('(SELECT now FROM t)', 'ok.priority')}, ARRAY(SELECT jsonb_array_elements_text(x.needs::jsonb)), x.failures,
         to_timestamp(x.first_started / 1000), x.idempotency_key, x.decisive_node, x.decisive_idx, x.trace, (SELECT now FROM t)
  FROM x JOIN ok ON ok.id = x.run_id
  ORDER BY x.run_id, x.node, x.idx
  ON CONFLICT (run_id, node, idx) DO UPDATE SET
    generation = EXCLUDED.generation, attempt = EXCLUDED.attempt, workflow = EXCLUDED.workflow, flow = EXCLUDED.flow,
    shape = EXCLUDED.shape, queue = EXCLUDED.queue, claim_rank = EXCLUDED.claim_rank, needs = EXCLUDED.needs,
    failures = EXCLUDED.failures, first_started_at = EXCLUDED.first_started_at, idempotency_key = EXCLUDED.idempotency_key,
    decisive_node = EXCLUDED.decisive_node, decisive_idx = EXCLUDED.decisive_idx, trace = EXCLUDED.trace, created_at = EXCLUDED.created_at,
    token = d.token + 1, worker = NULL, claimed_at = NULL, crashes = 0, abort = NULL, outcome = NULL, value = NULL,
    detail = NULL, ended_at = NULL
  WHERE EXCLUDED.generation > d.generation OR EXCLUDED.attempt > d.attempt
)
SELECT id AS run_id FROM ok`;
}
