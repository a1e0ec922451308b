import { ms } from './fragments';
import { IS_HELD } from './held-runs';

/** Runs that have one of these ids, or one of these pairs of workflow and idempotency key. `asked` is the id asked with. */
export function findExistingSql(s: string): string {
  const columns = 'id, workflow, flow, input_hash, status, epoch, owner, created_at, deadline_at, wake_at';
  return `
SELECT x.id AS asked, run.id, run.workflow, run.flow, run.input_hash, run.status, run.epoch, run.owner, ${IS_HELD} AS is_held,
       ${ms('run.created_at')} AS created_at, ${ms('run.deadline_at')} AS deadline_at
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS x(id, workflow, idempotency_key)
CROSS JOIN LATERAL (
  SELECT ${columns} FROM ${s}.run WHERE run.id = x.id
  UNION
  SELECT ${columns} FROM ${s}.run WHERE run.workflow = x.workflow AND run.idempotency_key = x.idempotency_key
) AS run`;
}
