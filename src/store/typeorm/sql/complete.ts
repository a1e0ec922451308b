import { leaveResults } from './dispatch-record';
import { OPEN_STATUSES } from './fragments';
import { ON_CONFLICT, ONE_NODE, WRITTEN } from './record';

/** The statements of transactional tasks, for one (quoted) schema. */
export type TransactionStatements = ReturnType<typeof buildTransactionStatements>;

export function buildTransactionStatements(s: string) {
  return {
    completeNode: completeNodeSql(s),
    completeCall: completeCallSql(s),
    settle: settleSql(s),
    findNode: findNodeSql(s),
    findCall: findCallSql(s),
  } as const;
}

/**
 * The first thing that is said in a transaction: its name, which is gone with it, so that the last statement knows whether it is still the
 * one that was begun; and its isolation level, whatever the default of the session is. `SET` takes no snapshot: the task may still choose
 * another level.
 *
 * For this transaction only, the session's guards give way to the task's own timeout: a task may think, or wait for a lock, for as long as
 * that. If its process is frozen or out of reach, the server ends the transaction soon after, with all locks it holds.
 *
 * @param id a UUID; @param guardMs `undefined` where the server has no guards, 0 for as long as it takes
 */
export function markSql(id: string, guardMs: number | undefined): string {
  const guards =
    guardMs === undefined ? [] : ['idle_in_transaction_session_timeout', 'statement_timeout', 'lock_timeout'];
  const level = 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED';
  return [level, `SET LOCAL typeflow.task = '${id}'`, ...guards.map((guard) => `SET LOCAL ${guard} = ${guardMs}`)].join(
    '; ',
  );
}

const IS_WHOLE = (id: string): string => `current_setting('typeflow.task', TRUE) IS NOT DISTINCT FROM ${id}::text`;

/** From here on only the commit is to come: a process that is frozen right before it must not hold the run's row for long. $1 is in ms. */
const HURRY = (limit: string): string =>
  `CASE WHEN ${limit}::text IS NOT NULL THEN set_config('idle_in_transaction_session_timeout', ${limit}::text, true) END AS hurry`;

/**
 * The last statement of a transactional task: it locks the run's row, as every record does, and writes the node only if the run is still
 * RUNNING under the claim's epoch, was not cancelled (or $3: that is known), and the transaction is the one that was begun ($18).
 * The lock is held until the commit, so no takeover and no cancel comes in between.
 */
function completeNodeSql(s: string): string {
  return `
WITH asked AS MATERIALIZED (
  SELECT $1::uuid AS run_id, $2::integer AS epoch, $3::boolean AS acknowledges, ${IS_WHOLE('$18')} AS whole
),
held AS MATERIALIZED (
  SELECT id, epoch, status, cancel_reason, cancel_requested_at IS NOT NULL AS cancelled
  FROM ${s}.run WHERE id = $1::uuid AND status IN ${OPEN_STATUSES} FOR NO KEY UPDATE
),
ok AS MATERIALIZED (
  SELECT held.id, asked.epoch
  FROM asked JOIN held ON held.epoch = asked.epoch AND held.status = 'RUNNING'
  WHERE asked.whole AND (asked.acknowledges OR NOT held.cancelled)
),
ins AS (
  INSERT INTO ${s}.node AS n (${WRITTEN})
  SELECT ${ONE_NODE}, nextval('${s}.change_seq')
  FROM ok
  ${ON_CONFLICT}
  RETURNING n.run_id
),
chg AS (
  UPDATE ${s}.run SET inbox = run.inbox + 1, crashes = 0, seq = nextval('${s}.change_seq') FROM ins WHERE run.id = ins.run_id
)
SELECT asked.whole, EXISTS (SELECT FROM ins) AS written, held.cancelled AND held.epoch = asked.epoch AND NOT asked.acknowledges AS cancelled,
       held.cancel_reason, NULL AS owner, NULL AS queue, ${HURRY('$19')}
FROM asked LEFT JOIN held ON TRUE`;
}

/**
 * The same for a call of another worker's run: $1 to $9 are those of a result, each an array of one element. The row's token takes the
 * place of the epoch, and a row that its owner wants aborted counts as cancelled.
 */
function completeCallSql(s: string): string {
  return `${leaveResults(s, `AND ${IS_WHOLE('$10')} AND ($11::boolean OR d.abort IS NULL AND NOT held.cancelled)`)}
SELECT ${IS_WHOLE('$10')} AS whole, EXISTS (SELECT FROM left_on) AS written,
       held.generation = x.generation AND NOT $11::boolean AND (held.cancelled OR EXISTS (
         SELECT FROM ${s}.dispatch AS d WHERE d.run_id = x.run_id AND d.node = x.node AND d.idx = x.idx AND d.token = x.token
           AND d.abort IS NOT NULL)) AS cancelled,
       held.cancel_reason, held.owner, held.queue, ${HURRY('$12')}
FROM x LEFT JOIN held ON TRUE`;
}

/**
 * Waits until a transaction whose commit was not answered is over, one way or the other: it holds the run's row until then. What is read
 * in a statement after this one is what became of it.
 */
function settleSql(s: string): string {
  return `SELECT id FROM ${s}.run WHERE id = $1::uuid FOR SHARE`;
}

/** Epochs are one claim's and attempts only grow: a record with both can only be the one that is looked for. */
function findNodeSql(s: string): string {
  return `
SELECT EXISTS (
  SELECT FROM ${s}.node
  WHERE run_id = $1::uuid AND node = $2 AND idx = $3 AND generation = $4 AND epoch = $5 AND attempt = $6 AND status = 'COMPLETED'
) AS committed`;
}

/** The row may be gone by then, because the owner has recorded the result. */
function findCallSql(s: string): string {
  return `
SELECT EXISTS (
  SELECT FROM ${s}.dispatch
  WHERE run_id = $1::uuid AND node = $2 AND idx = $3 AND generation = $4 AND token = $5 AND attempt = $6 AND outcome = 'completed'
) OR EXISTS (
  SELECT FROM ${s}.node
  WHERE run_id = $1::uuid AND node = $2 AND idx = $3 AND generation = $4 AND attempt = $6 AND status = 'COMPLETED'
) AS committed`;
}
