import { MAX_ANCESTORS } from '../../children';
import { claimRank, CLOCK } from './fragments';

/**
 * Inserts a child while its parent still belongs to who asks: the parent's row is locked, so that it can neither end nor be taken over in
 * between and leave a child behind that nobody knows of.
 */
export function startChildSql(s: string): string {
  return `
WITH RECURSIVE ${CLOCK},
parent AS MATERIALIZED (
  SELECT id FROM ${s}.run WHERE id = $12::uuid AND epoch = $13::integer AND status = 'RUNNING' FOR NO KEY UPDATE
),
above AS (
  SELECT parent_id, 0 AS depth FROM ${s}.run WHERE id = $12::uuid
  UNION ALL
  SELECT run.parent_id, above.depth + 1 FROM above JOIN ${s}.run ON run.id = above.parent_id
  WHERE above.depth < ${MAX_ANCESTORS}
),
place AS MATERIALIZED (SELECT coalesce(max(depth), 0) >= ${MAX_ANCESTORS} AS is_too_deep FROM above),
made AS (
  INSERT INTO ${s}.run (id, workflow, version, flow, fingerprint, queue, priority, tags, input, input_hash, parent_id, is_detached,
    status, epoch, created_at, wake_at, claim_rank, trace, seq)
  SELECT $1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text, $7::integer, $8::text[], $9::jsonb, $10::text, parent.id, $11::boolean,
         'PENDING', 0, t.now, t.now, ${claimRank('t.now', '$7::integer')}, $14::text, nextval('${s}.change_seq')
  FROM parent, place, t WHERE NOT place.is_too_deep
  ON CONFLICT (id) DO NOTHING
  RETURNING id
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM parent) THEN 'lost' WHEN is_too_deep THEN 'too-deep'
            WHEN EXISTS (SELECT FROM made) THEN 'started' ELSE 'exists' END AS answer
FROM place`;
}
