import { CLOCK } from './fragments';
import { freshWaiting } from './slot-lease';

/** Gives slots back. A row that nobody holds or waits for is deleted: there may be a key for every customer. */
export function returnSlotsSql(s: string): string {
  return `
WITH ${CLOCK},
x AS MATERIALIZED (SELECT * FROM unnest($2::text[], $3::integer[]) AS x(key, keep)),
held AS MATERIALIZED (SELECT l.* FROM ${s}.slot_lease l WHERE l.key = ANY ($2::text[]) ORDER BY l.key FOR UPDATE),
next AS MATERIALIZED (
  SELECT h.key,
    CASE WHEN k.kept > 0 THEN h.leases || jsonb_build_object($1::text, k.kept) ELSE h.leases - $1::text END AS leases,
    ${freshWaiting('h.waiting - $1::text')} AS waiting,
    CASE WHEN k.kept > 0 THEN h.turns || jsonb_build_object($1::text, $4::integer) ELSE h.turns - $1::text END AS turns
  FROM held h JOIN x ON x.key = h.key
  CROSS JOIN LATERAL (SELECT least(x.keep, coalesce((h.leases ->> $1::text)::integer, 0)) AS kept) AS k
  WHERE coalesce((h.turns ->> $1::text)::integer, 0) <= $4::integer
),
dropped AS (
  DELETE FROM ${s}.slot_lease l USING next n WHERE l.key = n.key AND n.leases = '{}' AND n.waiting = '{}'
)
UPDATE ${s}.slot_lease l SET leases = n.leases, waiting = n.waiting, turns = n.turns
FROM next n WHERE l.key = n.key AND NOT (n.leases = '{}' AND n.waiting = '{}')`;
}
