import { after, claimRank, CLOCK, FINAL_NODE_STATUSES, OPEN_STATUSES } from './fragments';

/** The columns of a node, in the order in which the statements give them. */
export const WRITTEN = `run_id, node, idx, kind, shape, status, generation, epoch, attempt, attempts, output, error, reason, wait, elements,
    started_at, finished_at, wake_at, seq`;

/** A final status is never overwritten, nor is a later attempt by an earlier one. */
export const ON_CONFLICT = `ON CONFLICT (run_id, node, idx) DO UPDATE SET
    kind = EXCLUDED.kind, shape = EXCLUDED.shape, status = EXCLUDED.status, generation = EXCLUDED.generation,
    epoch = EXCLUDED.epoch, attempt = EXCLUDED.attempt, attempts = EXCLUDED.attempts, output = EXCLUDED.output,
    error = EXCLUDED.error, reason = EXCLUDED.reason, wait = EXCLUDED.wait, elements = EXCLUDED.elements,
    started_at = EXCLUDED.started_at, finished_at = EXCLUDED.finished_at, wake_at = EXCLUDED.wake_at, seq = EXCLUDED.seq
  WHERE n.status NOT IN ${FINAL_NODE_STATUSES}
    AND (n.status = 'PENDING' OR EXCLUDED.attempt > n.attempt
         OR EXCLUDED.attempt = n.attempt AND NOT (n.status = 'WAITING' AND EXCLUDED.status = 'RUNNING'))`;

/** One value goes into `reason`, or of a WAITING node into `wait`: nothing has both, and a column less is sent. */
function either(value: string, status: string): string {
  return `CASE WHEN ${status} <> 'WAITING' THEN ${value} END, CASE WHEN ${status} = 'WAITING' THEN ${value} END`;
}

/** The values of one node of a run `ok`: $4 to $17. */
export const ONE_NODE = `ok.id, $4::text, $5::integer, $6::text, $7::text, $8::text, $9::integer, ok.epoch, $10::integer, $11::jsonb,
    $12::jsonb, $13::jsonb, ${either('$14::jsonb', '$8::text')}, $15::integer, to_timestamp($16::double precision / 1000),
    to_timestamp($17::double precision / 1000), NULL`;

/** What is recorded: `r`, the runs, and `x`, their nodes. */
const SENT = `
r AS MATERIALIZED (
  SELECT * FROM ROWS FROM (
    unnest($1::uuid[], $2::integer[], $3::integer[], $4::text[], $5::text[], $7::text[], $8::text[], $9::boolean[],
           $10::double precision[], $11::text[], $12::boolean[], $29::double precision[]),
    jsonb_array_elements($6::jsonb)
  ) AS r(run_id, epoch, inbox, change, status, error, errors, acknowledges, wake_delay, refused_by, progress, flow_started, output)
),
x AS MATERIALIZED (
  SELECT * FROM ROWS FROM (
    unnest($13::uuid[], $14::text[], $15::integer[], $16::text[], $17::text[], $18::text[], $19::integer[], $20::integer[],
           $21::text[], $23::text[], $24::text[], $25::integer[], $26::double precision[], $27::double precision[],
           $28::double precision[]),
    jsonb_array_elements($22::jsonb)
  ) AS x(run_id, node, idx, kind, shape, status, generation, attempt, attempts, error, reason, elements, started, finished,
         wake_delay, output)
)`;

/**
 * Writes what happened to many runs: their nodes, and at most one change of each run.
 *
 * The order of the steps is what makes it right. `held` locks every run it touches, in order of id, and everything that
 * decides (epoch, status, inbox, cancel) is read from the locked rows: a takeover can no longer commit in between. There
 * is one UPDATE of `run`, since a second one of the same row would silently be dropped, and none for a run whose row
 * does not change. A node's final status is never overwritten, nor is a later attempt by an earlier one: the statement
 * may be sent again when its answer was lost.
 *
 * The answer holds only the runs that did not go as usual: no row means that a run was recorded, uncancelled, with the inbox its
 * writer had seen.
 */
export function recordSql(s: string): string {
  return statement(s, `,\n${changesOf(s)}`);
}

/**
 * The same for records that change no run: neither end nor give back one, nor clear its crashes. Most are of this kind, and an
 * update that never finds a row would still open every index of `run`.
 */
export function recordNodesSql(s: string): string {
  return statement(s, '');
}

/** The same for records of which some complete a node with a signal: $30 are the runs, $31 the signals. */
export function recordTakingSql(s: string): string {
  return statement(s, `,\n${changesOf(s)},\n${takenOf(s, '$30', '$31')}`);
}

function takenOf(s: string, runs: string, ids: string): string {
  return `
taken AS (
  UPDATE ${s}.signal SET taken_at = (SELECT now FROM t)
  FROM unnest(${runs}::uuid[], ${ids}::uuid[]) AS u(run_id, id) JOIN ok ON ok.run_id = u.run_id
  WHERE signal.run_id = u.run_id AND signal.id = u.id
)`;
}

/**
 * The same for the end of one run that others are concerned in: $30 and $31 are signals that it takes, $32 is its parent, $33 whether it may
 * have children. All of their rows are locked with its own, in order of id. Of one run at a time: none of these rows is another record's, so each is changed once.
 */
export function recordFamilySql(s: string): string {
  return statement(
    s,
    `,
${changesOf(s)},
${takenOf(s, '$30', '$31')},
ended AS MATERIALIZED (SELECT ok.run_id, ok.status FROM ok WHERE ok.change = 'finish'),
woken AS (
  UPDATE ${s}.run SET inbox = run.inbox + 1, ${WOKEN}, seq = nextval('${s}.change_seq')
  FROM held, ended WHERE run.id = held.id AND held.id = $32::uuid
),
stopped AS (
  UPDATE ${s}.run SET inbox = run.inbox + 1, ${WOKEN}, seq = nextval('${s}.change_seq'),
    cancel_reason = CASE WHEN run.cancel_requested_at IS NULL THEN 'its parent ' || ended.run_id || ' is ' || ended.status
                         ELSE run.cancel_reason END,
    cancel_requested_at = coalesce(run.cancel_requested_at, (SELECT now FROM t))
  FROM held, ended WHERE run.id = held.id AND run.parent_id = ended.run_id AND ended.status <> 'COMPLETED' AND NOT run.is_detached
)`,
    `array_append($1::uuid[], $32::uuid) || ARRAY(SELECT id FROM ${s}.run WHERE $33::boolean AND parent_id = ANY ($1::uuid[]) AND status IN ${OPEN_STATUSES})`,
  );
}

/** Whoever is parked goes on now; a PENDING run that is to start later is only told when it does, unless it is to end. */
const WOKEN = `wake_at = CASE WHEN run.status = 'RUNNING' THEN run.wake_at ELSE (SELECT now FROM t) END,
    claim_rank = CASE WHEN run.status = 'RUNNING' THEN run.claim_rank ELSE ${claimRank('(SELECT now FROM t)', 'run.priority')} END`;

/**
 * One node of one run, which changes nothing of the run. A chain of short tasks waits for this statement after each of them, and
 * the general one spends most of its time on making ready for more.
 */
export function recordOneSql(s: string): string {
  return `
WITH asked AS MATERIALIZED (
  SELECT $1::uuid AS run_id, $2::integer AS epoch, $3::integer AS inbox
),
held AS MATERIALIZED (
  SELECT id, epoch, status, inbox, cancel_reason, cancel_requested_at IS NOT NULL AS cancelled
  FROM ${s}.run WHERE id = $1::uuid AND status IN ${OPEN_STATUSES} FOR NO KEY UPDATE
),
ok AS MATERIALIZED (
  SELECT held.id, asked.epoch, held.inbox, held.cancelled, held.cancel_reason
  FROM asked JOIN held ON held.epoch = asked.epoch AND held.status = 'RUNNING'
),
ins AS (
  INSERT INTO ${s}.node AS n (${WRITTEN})
  SELECT ${ONE_NODE}, nextval('${s}.change_seq')
  FROM ok
  ${ON_CONFLICT}
)
SELECT asked.run_id, ok.id IS NULL AS lost, ok.inbox, ok.cancelled, ok.cancel_reason, TRUE AS applied
FROM asked LEFT JOIN ok ON TRUE
WHERE ok.id IS NULL OR ok.cancelled OR ok.inbox <> asked.inbox`;
}

/** @param ids the runs whose rows are locked */
function statement(s: string, tail: string, ids = '$1::uuid[]'): string {
  return `
WITH ${CLOCK},
${SENT},
held AS MATERIALIZED (
  SELECT id, epoch, status, inbox, crashes, priority, deadline_at, refused, cancel_reason,
         cancel_requested_at IS NOT NULL AS cancelled
  FROM ${s}.run WHERE id = ANY (${ids}) AND status IN ${OPEN_STATUSES} ORDER BY id FOR NO KEY UPDATE
),
ok AS MATERIALIZED (
  SELECT r.run_id, r.epoch, r.status, r.output, r.error, r.errors, r.refused_by, r.progress, r.flow_started,
         r.change AS asked,
         held.inbox, held.cancelled, held.cancel_reason, held.crashes, held.priority, held.refused,
         least(${after('r.wake_delay')}, held.deadline_at) AS wake_at,
         CASE WHEN r.change = 'finish' AND held.cancelled AND NOT r.acknowledges THEN NULL
              WHEN r.change = 'park' AND held.inbox <> r.inbox THEN NULL
              ELSE r.change END AS change
  FROM r JOIN held ON held.id = r.run_id AND held.epoch = r.epoch AND held.status = 'RUNNING'
),
ins AS (
  INSERT INTO ${s}.node AS n (${WRITTEN})
  SELECT x.run_id, x.node, x.idx, x.kind, x.shape, x.status, x.generation, ok.epoch, x.attempt, x.attempts::jsonb,
         x.output -> 0, x.error::jsonb, ${either('x.reason::jsonb', 'x.status')}, x.elements,
         to_timestamp(x.started / 1000), to_timestamp(x.finished / 1000), ${after('x.wake_delay')},
         nextval('${s}.change_seq')
  FROM x JOIN ok ON ok.run_id = x.run_id
  ${ON_CONFLICT}
)${tail}
SELECT r.run_id, ok.run_id IS NULL AS lost, ok.inbox, ok.cancelled, ok.cancel_reason,
       ok.asked IS NULL OR ok.change IS NOT NULL AS applied
FROM r LEFT JOIN ok ON ok.run_id = r.run_id
WHERE ok.run_id IS NULL OR ok.cancelled OR ok.inbox <> r.inbox OR ok.asked IS NOT NULL AND ok.change IS NULL`;
}

function changesOf(s: string): string {
  return `
chg AS (
  UPDATE ${s}.run SET
    status = CASE WHEN ok.change = 'finish' THEN ok.status WHEN ok.change = 'park' THEN 'WAITING'
                  WHEN ok.change = 'release' AND ok.refused_by IS NULL THEN 'PENDING'
                  WHEN ok.change = 'release' THEN 'WAITING' ELSE run.status END,
    owner = CASE WHEN ok.change IS NULL THEN run.owner END,
    output = CASE WHEN ok.change = 'finish' THEN ok.output -> 0 ELSE run.output END,
    error = CASE WHEN ok.change = 'finish' THEN ok.error::jsonb ELSE run.error END,
    errors = CASE WHEN ok.change = 'finish' THEN ok.errors::jsonb ELSE run.errors END,
    flow_started_at = CASE WHEN ok.change = 'finish' THEN to_timestamp(ok.flow_started / 1000) END,
    finished_at = CASE WHEN ok.change = 'finish' THEN (SELECT now FROM t) ELSE run.finished_at END,
    wake_at = CASE WHEN ok.change = 'park' THEN ok.wake_at WHEN ok.change = 'release' THEN (SELECT now FROM t)
                   WHEN ok.change = 'finish' THEN NULL ELSE run.wake_at END,
    claim_rank = CASE WHEN ok.change = 'park' THEN ${claimRank('ok.wake_at', 'ok.priority')} ELSE run.claim_rank END,
    refused = CASE WHEN ok.change = 'release' AND ok.refused_by IS NOT NULL AND NOT ok.refused @> ARRAY[ok.refused_by]
                   THEN ok.refused || ok.refused_by ELSE run.refused END,
    crashes = CASE WHEN ok.progress THEN 0 ELSE run.crashes END,
    seq = nextval('${s}.change_seq')
  FROM ok
  WHERE run.id = ok.run_id AND (ok.change IS NOT NULL OR ok.progress AND ok.crashes > 0)
)`;
}
