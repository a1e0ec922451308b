import { CLOCK } from './fragments';
import { freshWaiting } from './slot-lease';

/** Which of these keys other workers wait for: a read, for holders that would not ask otherwise. */
export function findContestsSql(s: string): string {
  return `
WITH ${CLOCK}
SELECT l.key, ceil(l.lim::double precision / o.workers)::integer AS share, o.starving
FROM ${s}.slot_lease l
CROSS JOIN LATERAL (SELECT ${freshWaiting('l.waiting - $1::text')} AS waiting) AS f
CROSS JOIN LATERAL (
  SELECT (SELECT count(*) FROM jsonb_object_keys(l.leases || f.waiting || jsonb_build_object($1::text, 0))) AS workers,
         EXISTS (SELECT FROM jsonb_object_keys(f.waiting) AS w(worker) WHERE NOT l.leases ? w.worker) AS starving
) AS o
WHERE l.key = ANY ($2::text[]) AND l.waiting <> '{}' AND f.waiting <> '{}'`;
}
