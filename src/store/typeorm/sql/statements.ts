import { createHash } from 'node:crypto';
import { beginCleanupSql } from './begin-cleanup';
import { cancelUnstartedSql, requestCancelSql } from './cancel-run';
import { createRunSql } from './create-run';
import { deleteRunsSql } from './delete-runs';
import { endLeaseSql, reapAllSql, releaseOwnedSql } from './deregister-worker';
import { findExistingSql } from './find-existing';
import { findFinalSql } from './find-final';
import { findNodesSql, findRunSql } from './find-run';
import { countBeforeSql, listWorkersSql } from './list-workers';
import { pollSql } from './poll';
import { readBackSql } from './read-back';
import { recordFamilySql, recordNodesSql, recordOneSql, recordSql, recordTakingSql } from './record';
import { registerWorkerSql } from './register-worker';
import { retryRunSql, runStateSql } from './retry-run';
import { quoteSchema } from './schema-name';
import { findContestsSql } from './slot-contests';
import { leaseSlotsSql } from './slot-lease';
import { returnSlotsSql } from './slot-return';
import { sweepSlotsSql, wipeSlotsSql } from './slot-sweep';
import { findSlotsSql } from './slot-use';

/** Every fixed statement of the store, for one schema: built once, so that the same text is sent each time. */
export type Statements = ReturnType<typeof buildStatements>;

export function buildStatements(schema: string) {
  const s = quoteSchema(schema);
  return {
    schema: s,
    createRun: createRunSql(s, { traced: false }),
    createTracedRun: createRunSql(s, { traced: true }),
    findExisting: findExistingSql(s),
    record: recordSql(s),
    recordNodes: recordNodesSql(s),
    recordOne: recordOneSql(s),
    recordTaking: recordTakingSql(s),
    recordFamily: recordFamilySql(s),
    readBack: readBackSql(s),
    registerWorker: registerWorkerSql(s),
    endLease: endLeaseSql(s),
    releaseOwned: releaseOwnedSql(s),
    reapAll: reapAllSql(s),
    poll: pollSql(s),
    leaseSlots: leaseSlotsSql(s),
    returnSlots: returnSlotsSql(s),
    findContests: findContestsSql(s),
    findSlots: findSlotsSql(s),
    sweepSlots: sweepSlotsSql(s),
    wipeSlots: wipeSlotsSql(s),
    requestCancel: requestCancelSql(s),
    cancelUnstarted: cancelUnstartedSql(s),
    runState: runStateSql(s),
    retryRun: retryRunSql(s),
    findRun: findRunSql(s),
    findNodes: findNodesSql(s),
    findFinal: findFinalSql(s),
    listWorkers: listWorkersSql(s),
    countBefore: countBeforeSql(s),
    deleteRuns: deleteRunsSql(s),
    beginCleanup: beginCleanupSql(s),
  } as const;
}

/**
 * The names under which statements are prepared. They hold a hash of the text: what another version of Typeflow, or another schema,
 * has prepared on the same connection is another statement.
 */
export function statementNames(statements: Statements): ReadonlyMap<string, string> {
  const { schema: _, ...texts } = statements;
  return new Map(
    Object.entries(texts).map(([key, text]) => {
      const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
      return [text, `typeflow_${key}_${hash}`];
    }),
  );
}
