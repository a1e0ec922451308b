import { CLOCK } from './fragments';
import { freshWaiting } from './slot-lease';

/** Who holds and who waits for slots of these keys, in their order: a read, for people. What dead workers held counts no more. */
export function findSlotsSql(s: string): string {
  return `
WITH ${CLOCK}
SELECT l.key, l.lim, o.held, o.waiting
FROM unnest($1::text[]) WITH ORDINALITY AS x(key, n)
JOIN ${s}.slot_lease l ON l.key = x.key
CROSS JOIN LATERAL (
  SELECT
    (SELECT coalesce(jsonb_agg(jsonb_build_object('worker', e.key, 'slots', e.value::integer) ORDER BY e.key), '[]')
     FROM jsonb_each_text(l.leases) AS e JOIN ${s}.worker w ON w.id = e.key::uuid AND NOT w.dead) AS held,
    (SELECT coalesce(jsonb_agg(e.key ORDER BY e.key), '[]')
     FROM jsonb_each(${freshWaiting('l.waiting')}) AS e JOIN ${s}.worker w ON w.id = e.key::uuid AND NOT w.dead) AS waiting
) AS o
WHERE o.held <> '[]' OR o.waiting <> '[]'
ORDER BY x.n`;
}
