import { LIMIT_HOLDS_MS, WAITS_FOR_MS } from '../../slots';
import { CLOCK, ms } from './fragments';

/** `waiting` without those that have stopped asking. */
export function freshWaiting(waiting: string): string {
  return `(SELECT coalesce(jsonb_object_agg(w.key, w.value), '{}') FROM jsonb_each(${waiting}) AS w
    WHERE (w.value ->> 'seen')::double precision > ${ms('(SELECT now FROM t)')} - ${WAITS_FOR_MS})`;
}

/** From the locked rows to what they are to be, without another look at any table. */
const GRANTS = `
state AS (
  SELECT h.key, x.want, me.id AS me,
    CASE WHEN h.lim < x.lim AND h.lim_at > (SELECT now FROM t) - ${LIMIT_HOLDS_MS} * interval '1 millisecond'
         THEN h.lim ELSE x.lim END AS lim,
    x.lim AS asked, h.lim AS old_lim, h.lim_at AS old_lim_at, h.leases AS old_leases, h.waiting AS old_waiting,
    h.turns AS old_turns, h.turns - coalesce(gone.workers, '{}') AS turns,
    h.leases - coalesce(gone.workers, '{}') AS leases,
    ${freshWaiting(`h.waiting - coalesce(gone.workers, '{}')`)} AS waiting
  FROM held h JOIN x ON x.key = h.key LEFT JOIN gone ON gone.key = h.key CROSS JOIN me
  WHERE coalesce((h.turns ->> me.id)::integer, 0) <= $5::integer
),
counted AS (
  SELECT st.*, coalesce((st.leases ->> st.me)::integer, 0) AS mine, own.since,
    (SELECT coalesce(sum(l.value::integer), 0)::integer FROM jsonb_each_text(st.leases) AS l) AS taken,
    (SELECT count(*)::integer FROM jsonb_object_keys(st.leases || st.waiting || jsonb_build_object(st.me, 0))) AS workers,
    o.others, o.starving, o.before
  FROM state st
  CROSS JOIN LATERAL (
    SELECT coalesce((st.waiting -> st.me ->> 'since')::double precision, ${ms('(SELECT now FROM t)')}) AS since
  ) AS own
  CROSS JOIN LATERAL (
    SELECT count(*)::integer AS others, count(*) FILTER (WHERE NOT st.leases ? w.key)::integer AS starving,
      count(*) FILTER (WHERE NOT st.leases ? w.key
        AND (st.leases ? st.me OR ((w.value ->> 'since')::double precision, w.key) < (own.since, st.me)))::integer AS before
    FROM jsonb_each(st.waiting) AS w WHERE w.key <> st.me
  ) AS o
),
granted AS (
  SELECT c.*, greatest(c.mine, least(c.want, c.mine + greatest(0, c.lim - c.taken - c.before),
    CASE WHEN c.others > 0 THEN ceil(c.lim::double precision / c.workers)::integer ELSE c.lim END)) AS held
  FROM counted c
),
next AS MATERIALIZED (
  SELECT g.*, g.turns || jsonb_build_object(g.me, $5::integer) AS new_turns,
    CASE WHEN g.asked = g.lim AND (g.old_lim <> g.lim OR g.old_lim_at < (SELECT now FROM t) - interval '5 seconds')
         THEN (SELECT now FROM t) ELSE g.old_lim_at END AS lim_at,
    CASE WHEN g.held > 0 THEN g.leases || jsonb_build_object(g.me, g.held) ELSE g.leases END AS new_leases,
    CASE WHEN g.held >= least(g.want, g.lim) THEN g.waiting - g.me
         -- Who gets something waits for the rest behind everybody else. A second old is fresh enough: no write for that.
         WHEN g.held > g.mine OR NOT g.waiting ? g.me
              OR (g.waiting -> g.me ->> 'seen')::double precision < ${ms('(SELECT now FROM t)')} - 1000
         THEN g.waiting || jsonb_build_object(g.me, jsonb_build_object(
                'since', CASE WHEN g.held > g.mine THEN ${ms('(SELECT now FROM t)')} ELSE g.since END,
                'seen', ${ms('(SELECT now FROM t)')}))
         ELSE g.waiting END AS new_waiting
  FROM granted g
)`;

/**
 * Grants slots. Everything that decides a grant stands in the key's own row, and is read after that row is locked: a sum over rows of
 * other workers would be one of this statement's snapshot, and two takers at once would both get the last slot.
 *
 * - `gone` is judged wholly by the snapshot. A worker that leased had a committed row before, so whoever has a lease in
 *   the snapshot and no living row in it is dead, or long swept; a lease newer than the snapshot is not judged at all.
 * - A statement that was sent before the worker lost an answer, and arrives after one that it sent since, finds a higher turn and
 *   changes nothing: a late return must not free slots that are in use again.
 * - A new key is inserted. If another worker's insert comes first, the key is missing in the answer.
 * - `mine`, `before`, `workers`: what I hold; for how many others the next slots are kept; who shares.
 */
export function leaseSlotsSql(s: string): string {
  return `
WITH ${CLOCK},
x AS MATERIALIZED (SELECT * FROM unnest($2::text[], $3::integer[], $4::integer[]) AS x(key, lim, want)),
me AS MATERIALIZED (
  SELECT id::text AS id FROM ${s}.worker
  WHERE id = $1::uuid AND NOT dead AND lease_until > (SELECT now FROM t) FOR KEY SHARE
),
gone AS MATERIALIZED (
  SELECT l.key, array_agg(e.worker) AS workers
  FROM ${s}.slot_lease l CROSS JOIN LATERAL jsonb_object_keys(l.leases || l.waiting) AS e(worker)
  WHERE l.key = ANY ($2::text[]) AND NOT EXISTS (SELECT FROM ${s}.worker w WHERE w.id = e.worker::uuid AND NOT w.dead)
  GROUP BY l.key
),
held AS MATERIALIZED (
  SELECT l.* FROM ${s}.slot_lease l
  WHERE l.key = ANY ($2::text[]) AND EXISTS (SELECT FROM me) ORDER BY l.key FOR NO KEY UPDATE
),
${GRANTS},
chg AS (
  UPDATE ${s}.slot_lease l SET lim = n.lim, lim_at = n.lim_at, leases = n.new_leases, waiting = n.new_waiting,
    turns = n.new_turns
  FROM next n
  WHERE l.key = n.key AND (n.old_lim, n.old_lim_at, n.old_leases, n.old_waiting, n.old_turns)
    IS DISTINCT FROM (n.lim, n.lim_at, n.new_leases, n.new_waiting, n.new_turns)
),
made AS (
  INSERT INTO ${s}.slot_lease (key, lim, lim_at, leases, waiting, turns)
  SELECT x.key, x.lim, (SELECT now FROM t), jsonb_build_object(me.id, least(x.want, x.lim)), '{}',
    jsonb_build_object(me.id, $5::integer) FROM x CROSS JOIN me
  -- Counted, so that every row that exists is locked before the first is made: locks are taken in one order by all.
  WHERE (SELECT count(*) FROM held) >= 0 AND NOT EXISTS (SELECT FROM held h WHERE h.key = x.key)
  ORDER BY x.key
  ON CONFLICT DO NOTHING RETURNING key, (leases ->> $1::text)::integer AS held
)
SELECT a.key, a.held, a.share, a.starving FROM me LEFT JOIN (
  SELECT n.key, n.held, n.starving > 0 AS starving,
    CASE WHEN n.others > 0 THEN ceil(n.lim::double precision / n.workers)::integer END AS share
  FROM next n
  UNION ALL SELECT made.key, made.held, false, NULL FROM made
) AS a ON true`;
}
