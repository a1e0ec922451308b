import type { CampaignDatabase } from './campaign-database';

/** Ends all sessions of the engine's by `pg_terminate_backend`; answers how many there were. */
export function terminateAll(database: CampaignDatabase): Promise<number> {
  return database.value(
    `SELECT count(pg_terminate_backend(pid))::int AS value FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'typeflow%'`,
  );
}
