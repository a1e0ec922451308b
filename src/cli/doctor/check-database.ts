import { withoutSecrets } from '../../core/errors/secrets';
import type { ClockDifference, Maintenance, MaintainedDatabase } from '../../runner/maintenance/maintain';
import { loadEngine } from '../engine/load-engine';
import type { Finding } from './finding';

/** Leases last 10 s by default and are counted by the database; what differs by more than this confuses whoever reads times. */
const CLOCK_LIMIT_MS = 2_000;

/** The database itself: that it answers, has the schema that this version expects, and what time it has. */
export async function checkDatabase(database: MaintainedDatabase): Promise<readonly Finding[]> {
  if (database.database === 'memory:') return [skipped('memory: keeps nothing')];
  try {
    return await loadEngine().maintain(database, async (one) => [
      { check: 'connection', outcome: 'ok', message: `the database answers (${one.kind})` },
      await checkSchema(one),
      clockFinding(await one.clock()),
    ]);
  } catch (error) {
    const message = withoutSecrets(error instanceof Error ? error.message : String(error));
    return [{ check: 'connection', outcome: 'fault', message }];
  }
}

function skipped(message: string): Finding {
  return { check: 'connection', outcome: 'skipped', message };
}

async function checkSchema(maintenance: Maintenance): Promise<Finding> {
  const { schema, pending, unknown, applied } = await maintenance.migrations();
  const check = 'schema';
  if (unknown.length > 0) {
    const message = `schema ${schema} has ${unknown.join(', ')} of a newer version of Typeflow`;
    return { check, outcome: 'fault', message, remedy: ['update Typeflow'] };
  }
  if (pending.length > 0) {
    const message = `schema ${schema} lacks ${pending.length === 1 ? pending.join('') : `${pending.length} migrations`}`;
    return {
      check,
      outcome: 'fault',
      message,
      remedy: ['typeflow migrate up', 'typeflow migrate sql shows what that does'],
    };
  }
  const drift = await maintenance.drift();
  if (drift.length === 0)
    return { check, outcome: 'ok', message: `schema ${schema} is as expected, at ${applied.at(-1) ?? ''}` };
  const message = `schema ${schema} was changed by hand; this mends it (read it first: what removes something is meant so)`;
  return { check, outcome: 'fault', message, remedy: drift.map((statement) => `${statement};`) };
}

function clockFinding({ aheadMs, roundTripMs }: ClockDifference): Finding {
  const check = 'clock';
  // The answer tells the database's time at some moment of the round trip.
  const leastMs = Math.max(0, Math.abs(aheadMs) - roundTripMs / 2);
  if (leastMs <= CLOCK_LIMIT_MS)
    return { check, outcome: 'ok', message: 'the clocks of the database and of this machine agree' };
  const which = aheadMs > 0 ? 'ahead of' : 'behind';
  return {
    check,
    outcome: 'warning',
    message: `the database's clock is ${(leastMs / 1_000).toFixed(1)} s ${which} that of this machine`,
    remedy: ['let both follow a time server: runs go by the database, but people compare its times with their own'],
  };
}
