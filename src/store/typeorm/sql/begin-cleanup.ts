import { CLOCK, ms } from './fragments';

/**
 * Gives the round that is due to one worker of the fleet, and tells the others when the next one is.
 *
 * The fleet takes turns by the row of its oldest worker (ids sort by time): who asks at the same moment waits for its lock and
 * then finds it fresh. `last` looks at the rows of the dead too, so that a round is remembered when that worker goes. Two
 * that see different workers as the oldest may both begin: they skip each other's rows, and only walk twice.
 */
export function beginCleanupSql(s: string): string {
  return `
WITH ${CLOCK},
last AS MATERIALIZED (
  SELECT ${ms('(SELECT now FROM t)')} - ${ms('max(cleaned_at)')} AS age, bool_or(id = $1::uuid AND NOT dead) AS alive FROM ${s}.worker
),
gate AS MATERIALIZED (
  SELECT id FROM ${s}.worker
  WHERE id = (SELECT id FROM ${s}.worker WHERE NOT dead ORDER BY id LIMIT 1)
    AND (SELECT alive AND coalesce(age >= $2::double precision, true) FROM last)
    AND coalesce(cleaned_at <= (SELECT now FROM t) - $2::double precision * interval '1 millisecond', true)
  FOR NO KEY UPDATE
),
chg AS (UPDATE ${s}.worker SET cleaned_at = (SELECT now FROM t) FROM gate WHERE worker.id = gate.id)
SELECT gate.id IS NOT NULL AS mine,
       CASE WHEN gate.id IS NULL AND age < $2::double precision THEN $2::double precision - age ELSE $2::double precision END AS next_ms
FROM last LEFT JOIN gate ON true`;
}
