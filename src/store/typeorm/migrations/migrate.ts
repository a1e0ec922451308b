import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { SchemaOutdatedError, SchemaTooNewError } from '../../../core/errors/store-errors';
import { allowLong } from '../connections/connection-guard';
import { TYPEFLOW_MIGRATIONS } from './index';
import { createMigrationTable, noteMigration, readApplied } from './migration-table';

/** Any number does, as long as every version of Typeflow takes the same one. */
const MIGRATION_LOCK = 7_385_201_946;

/**
 * Brings the schema to this version, or finds that it is there already. However many processes do this at once, one of
 * them migrates and the others wait for it; a crash on the way leaves the schema as it was.
 *
 * TypeORM's own `runMigrations` decides what is pending before it holds a lock, so that all but one of the processes fail.
 *
 * @throws SchemaTooNewError when the schema has migrations this version does not know
 * @throws SchemaOutdatedError when migrations are pending and `migrate` is false
 */
export async function migrateSchema(
  dataSource: DataSource,
  options: {
    readonly schema: string;
    readonly migrate: boolean;
    readonly migrations?: readonly (new () => MigrationInterface)[] | undefined;
  },
): Promise<void> {
  const migrations = (options.migrations ?? TYPEFLOW_MIGRATIONS).map((Migration) => new Migration());
  const known = migrations.map(nameOf);
  const runner = dataSource.createQueryRunner();
  try {
    const pending = pendingOf(known, await readApplied(runner, options.schema));
    if (pending.length === 0) return;
    if (!options.migrate) {
      throw new SchemaOutdatedError(
        `the schema "${options.schema}" lacks ${pending.join(', ')} and this runner may not migrate it (migrate: false); ` +
          `run the migrations first, or create the runner with migrate: true`,
      );
    }
    await migrateUnderLock(runner, options.schema, migrations);
  } finally {
    await runner.release();
  }
}

async function migrateUnderLock(runner: QueryRunner, schema: string, migrations: readonly MigrationInterface[]) {
  const endLong = allowLong((await runner.connect()) as object);
  try {
    await runner.startTransaction('READ COMMITTED');
    // Waiting for another process's migration, or for a long one of our own, is no fault.
    await runner.query('SET LOCAL lock_timeout = 0');
    await runner.query('SET LOCAL statement_timeout = 0');
    await runner.query('SELECT pg_advisory_xact_lock($1::bigint)', [MIGRATION_LOCK]);
    await createMigrationTable(runner, schema);
    const pending = new Set(pendingOf(migrations.map(nameOf), await readApplied(runner, schema)));
    for (const migration of migrations) {
      const name = nameOf(migration);
      if (!pending.has(name)) continue;
      await migration.up(runner);
      await noteMigration(runner, schema, name);
    }
    await runner.commitTransaction();
  } catch (error) {
    // A lost connection has rolled back already; what matters is the error that came first.
    await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  } finally {
    endLong();
  }
}

function pendingOf(known: readonly string[], applied: readonly string[]): readonly string[] {
  const foreign = applied.filter((name) => !known.includes(name));
  const newest = foreign.at(-1);
  if (newest !== undefined) throw new SchemaTooNewError(newest, known.at(-1) ?? 'no migration');
  return known.filter((name) => !applied.includes(name));
}

function nameOf(migration: MigrationInterface): string {
  return migration.name ?? migration.constructor.name;
}
