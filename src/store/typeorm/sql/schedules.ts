import { claimRank, CLOCK, ms, NOW, OPEN_STATUSES } from './fragments';

const instant = (epochMs: string): string => `to_timestamp(${epochMs}::double precision / 1000)`;

/** Pausing, the last tick and its run belong to a schedule whatever its definition is. */
export function putSchedulesSql(s: string): string {
  return `
WITH x AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(name text, workflow text, flow text, cron text, "timeZone" text, overlap text,
    "catchUp" text, input text, origin text, definition text, "nextAt" double precision)
),
gone AS (
  DELETE FROM ${s}.schedule
  WHERE origin = 'code' AND workflow = ANY ($2::text[]) AND NOT EXISTS (SELECT FROM x WHERE x.name = schedule.name)
)
INSERT INTO ${s}.schedule AS old (name, workflow, flow, cron, time_zone, overlap, catch_up, input, origin, definition, next_at)
SELECT x.name, x.workflow, x.flow, x.cron, x."timeZone", x.overlap, x."catchUp", x.input::jsonb, x.origin, x.definition, ${instant('x."nextAt"')}
FROM x ORDER BY x.name
ON CONFLICT (name) DO UPDATE SET workflow = EXCLUDED.workflow, flow = EXCLUDED.flow, cron = EXCLUDED.cron,
  time_zone = EXCLUDED.time_zone, overlap = EXCLUDED.overlap, catch_up = EXCLUDED.catch_up, input = EXCLUDED.input,
  origin = EXCLUDED.origin, definition = EXCLUDED.definition, next_at = EXCLUDED.next_at
WHERE old.definition <> EXCLUDED.definition`;
}

export function listSchedulesSql(s: string): string {
  return `
SELECT ${ms(NOW)} AS now, s.name, s.workflow, s.flow, s.cron, s.time_zone, s.overlap, s.catch_up, s.input, s.input IS NOT NULL AS has_input,
       s.origin, s.definition, s.skipped, s.last_run_id, ${ms('s.next_at')} AS next_at, ${ms('s.paused_at')} AS paused_at, ${ms('s.last_at')} AS last_at
FROM (SELECT) AS one LEFT JOIN ${s}.schedule AS s ON $1::text[] IS NULL OR s.workflow = ANY ($1::text[])
ORDER BY s.name`;
}

/**
 * One tick, made by whoever locks the schedule's row first while its next tick is the one that was seen. The run, the end of the one before
 * and the next tick are one step; the run's reserved key keeps a tick from beginning a second one whatever happens to the row.
 */
export function tickSql(s: string): string {
  return `
WITH ${CLOCK},
row AS MATERIALIZED (
  SELECT name, overlap, last_run_id FROM ${s}.schedule
  WHERE name = $1::text AND definition = $2::text AND next_at = ${instant('$3')} AND paused_at IS NULL FOR UPDATE SKIP LOCKED
),
previous AS MATERIALIZED (
  SELECT run.id, run.owner, run.queue FROM ${s}.run JOIN row ON run.id = row.last_run_id WHERE run.status IN ${OPEN_STATUSES} FOR NO KEY UPDATE OF run
),
verdict AS MATERIALIZED (
  SELECT row.name, row.overlap, CASE WHEN $6::uuid IS NULL THEN 'skipped' WHEN NOT EXISTS (SELECT FROM previous) THEN 'started'
    WHEN row.overlap = 'skip' THEN 'skipped' WHEN row.overlap = 'queue' THEN 'held' ELSE 'started' END AS answer
  FROM row
),
made AS (
  INSERT INTO ${s}.run (id, workflow, version, flow, fingerprint, queue, priority, tags, input, input_hash, idempotency_key,
    status, epoch, created_at, wake_at, claim_rank, trace, seq)
  SELECT $6::uuid, $7::text, $8::text, $9::text, $10::text, $11::text, 0, $12::text[], $13::jsonb, $14::text, $15::text,
         'PENDING', 0, t.now, t.now, ${claimRank('t.now', '0')}, $16::text, nextval('${s}.change_seq')
  FROM verdict, t WHERE verdict.answer = 'started'
  ON CONFLICT DO NOTHING
),
stopped AS (
  UPDATE ${s}.run SET inbox = run.inbox + 1,
    cancel_reason = CASE WHEN run.cancel_requested_at IS NULL THEN 'the next tick of schedule ' || verdict.name || ' has come' ELSE run.cancel_reason END,
    cancel_requested_at = coalesce(run.cancel_requested_at, (SELECT now FROM t)),
    wake_at = CASE WHEN run.status = 'RUNNING' THEN run.wake_at ELSE (SELECT now FROM t) END,
    claim_rank = CASE WHEN run.status = 'RUNNING' THEN run.claim_rank ELSE ${claimRank('(SELECT now FROM t)', 'run.priority')} END,
    seq = nextval('${s}.change_seq')
  FROM previous, verdict WHERE run.id = previous.id AND verdict.answer = 'started'
),
moved AS (
  UPDATE ${s}.schedule SET next_at = ${instant('$5')},
    last_at = CASE WHEN verdict.answer = 'started' THEN ${instant('$4')} ELSE schedule.last_at END,
    last_run_id = CASE WHEN verdict.answer = 'started' THEN $6::uuid ELSE schedule.last_run_id END,
    skipped = schedule.skipped + CASE WHEN verdict.answer = 'skipped' THEN 1 ELSE 0 END
  FROM verdict WHERE schedule.name = verdict.name AND verdict.answer <> 'held'
)
SELECT verdict.answer, previous.owner, previous.queue FROM verdict LEFT JOIN previous ON TRUE`;
}

export function pauseScheduleSql(s: string): string {
  return `
WITH ${CLOCK}
UPDATE ${s}.schedule SET
  next_at = CASE WHEN $2::double precision IS NOT NULL AND paused_at IS NOT NULL THEN ${instant('$2')} ELSE next_at END,
  paused_at = CASE WHEN $2::double precision IS NULL THEN coalesce(paused_at, (SELECT now FROM t)) END
WHERE name = $1::text RETURNING name`;
}
