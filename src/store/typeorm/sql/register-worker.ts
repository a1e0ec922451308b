import { after, CLOCK } from './fragments';

/** Announces a worker; a NULL lease never ends. Rows of workers that are long dead and own nothing are swept. */
export function registerWorkerSql(s: string): string {
  return `
WITH ${CLOCK},
swept AS (
  DELETE FROM ${s}.worker
  WHERE dead AND seen_at < (SELECT now FROM t) - interval '1 day' AND NOT EXISTS (SELECT FROM ${s}.run WHERE run.owner = worker.id)
)
INSERT INTO ${s}.worker (id, label, queues, workflows, lease_until, registered_at, seen_at)
SELECT $1::uuid, $2::text, $3::text[], $5::text[], coalesce(${after('$4::double precision')}, 'infinity'), t.now, t.now FROM t
ON CONFLICT (id) DO NOTHING`;
}
