import type { CampaignDatabase } from './campaign-database';

/** Ends sessions of the engine's by `pg_terminate_backend`; answers how many there were. */
export function terminate(database: CampaignDatabase, which: 'all' | 'waiting' = 'all'): Promise<number> {
  return database.value(
    `SELECT count(pg_terminate_backend(pid))::int AS value FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'typeflow' AND ($1 OR wait_event_type = 'Lock')`,
    [which === 'all'],
  );
}
