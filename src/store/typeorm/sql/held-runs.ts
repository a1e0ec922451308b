import { CLOCK, claimRank } from './fragments';

export const IS_HELD = `run.status = 'PENDING' AND run.wake_at IS NULL`;

/** Inserts a run that is due at no instant. No row: its id or key exists. */
export function holdRunSql(s: string): string {
  return `
WITH ${CLOCK}
INSERT INTO ${s}.run (id, workflow, version, flow, fingerprint, queue, priority, tags, input, input_hash, idempotency_key,
  status, created_at, seq)
SELECT $1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text, $7::integer, $8::text[], $9::jsonb, $10::text, $11::text,
  'PENDING', (SELECT now FROM t), nextval('${s}.change_seq')
ON CONFLICT DO NOTHING
RETURNING id`;
}

/** Who has the id or the key; with a key, the run that has the key comes first. */
export function findHeldSql(s: string): string {
  return `
SELECT run.id, run.workflow, run.flow, run.input_hash, ${IS_HELD} AS is_held FROM ${s}.run
WHERE run.id = $1::uuid OR (run.workflow = $2::text AND run.idempotency_key = $3::text)
ORDER BY run.idempotency_key IS NOT DISTINCT FROM $3::text DESC LIMIT 1`;
}

/** Makes a held run due. No row: it is not held. */
export function releaseRunSql(s: string): string {
  return `
WITH ${CLOCK}
UPDATE ${s}.run SET version = $2::text, flow = $3::text, fingerprint = $4::text, queue = $5::text, input = $6::jsonb,
  input_hash = $7::text, wake_at = (SELECT now FROM t), claim_rank = ${claimRank('(SELECT now FROM t)', 'run.priority')},
  trace = $8::text, seq = nextval('${s}.change_seq')
WHERE run.id = $1::uuid AND ${IS_HELD}
RETURNING run.queue`;
}

export function findReleasedSql(s: string): string {
  return `SELECT run.status, run.fingerprint, ${IS_HELD} AS is_held FROM ${s}.run WHERE run.id = $1::uuid`;
}
