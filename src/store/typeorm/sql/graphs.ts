import { CLOCK } from './fragments';

/** How long a graph is kept that no runner has any more: runs that are older yet are explained without it. */
const FORGOTTEN_AFTER = `interval '1 year'`;

/** Which of these graphs are kept already. Notes once a day that somebody has them. */
export function findKeptSql(s: string): string {
  return `
WITH ${CLOCK},
seen AS (
  UPDATE ${s}.graph SET seen_at = (SELECT now FROM t)
  WHERE fingerprint = ANY ($1::text[]) AND seen_at < (SELECT now FROM t) - interval '1 day'
)
SELECT fingerprint FROM ${s}.graph WHERE fingerprint = ANY ($1::text[])`;
}

/** Inserts graphs, and forgets those that nobody has had for long. */
export function keepGraphsSql(s: string): string {
  return `
WITH ${CLOCK},
gone AS (DELETE FROM ${s}.graph WHERE seen_at < (SELECT now FROM t) - ${FORGOTTEN_AFTER})
INSERT INTO ${s}.graph (fingerprint, outline, seen_at)
SELECT x.fingerprint, x.outline::jsonb, (SELECT now FROM t) FROM unnest($1::text[], $2::text[]) AS x(fingerprint, outline)
ORDER BY x.fingerprint
ON CONFLICT DO NOTHING`;
}

export function findGraphsSql(s: string): string {
  return `SELECT fingerprint, outline FROM ${s}.graph WHERE fingerprint = ANY ($1::text[])`;
}
