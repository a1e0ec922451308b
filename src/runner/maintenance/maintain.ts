import { openMaintenance } from '../../store/open-store';
import type { Maintenance, MigrationSql } from '../../store/maintenance';
import { migrationSql, migrationTableSql } from '../../store/typeorm/maintenance/migration-sql';
import { DEFAULT_SCHEMA } from '../../store/typeorm/sql/schema-name';
import { databaseOf } from '../default-database';
import type { RunnerOptions } from '../runner-options';
import { systemClock } from '../system-clock';

export type { ClockDifference, Maintenance, MigrationSql, MigrationState } from '../../store/maintenance';

/** Which database. */
export type MaintainedDatabase = Pick<RunnerOptions, 'database' | 'schema' | 'pooler'>;

/** @throws ConfigurationError, DatabaseUnreachableError, FolderLockedError, and what `act` throws */
export async function maintain<T>(
  options: MaintainedDatabase,
  act: (maintenance: Maintenance) => Promise<T>,
): Promise<T> {
  const { schema, pooler } = options;
  const maintenance = await openMaintenance(databaseOf(options.database), { schema, pooler, clock: systemClock });
  try {
    return await act(maintenance);
  } finally {
    await maintenance.close();
  }
}

/** What makes the schema from nothing: no database is asked. */
export async function wholeSchemaSql(schema = DEFAULT_SCHEMA): Promise<readonly MigrationSql[]> {
  return [await migrationTableSql(schema), ...(await migrationSql(schema))];
}
