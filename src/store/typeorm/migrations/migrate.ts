import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { SchemaOutdatedError, SchemaTooNewError } from '../../../core/errors/store-errors';
import { quoteSchema } from '../sql/schema-name';
import { allowLong } from '../connections/connection-guard';
import { MIGRATION_TABLE, TYPEFLOW_MIGRATIONS } from './index';

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
      await runner.query(
        `INSERT INTO ${quoteSchema(schema)}."${MIGRATION_TABLE}" ("timestamp", "name") VALUES ($1, $2)`,
        [timestampOf(name), name],
      );
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

async function createMigrationTable(runner: QueryRunner, schema: string): Promise<void> {
  // Asked first: CREATE SCHEMA IF NOT EXISTS needs the right to create schemas even where there is nothing to create.
  const found: unknown[] = await runner.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  if (found.length === 0) await runner.query(`CREATE SCHEMA ${quoteSchema(schema)}`);
  await runner.query(
    `CREATE TABLE IF NOT EXISTS ${quoteSchema(schema)}."${MIGRATION_TABLE}" ` +
      `("id" SERIAL NOT NULL PRIMARY KEY, "timestamp" bigint NOT NULL, "name" character varying NOT NULL)`,
  );
}

async function readApplied(runner: QueryRunner, schema: string): Promise<readonly string[]> {
  const table = `${quoteSchema(schema)}."${MIGRATION_TABLE}"`;
  const [{ exists }] = await runner.query('SELECT to_regclass($1) IS NOT NULL AS exists', [table]);
  if (!exists) return [];
  const rows: { name: string }[] = await runner.query(`SELECT "name" FROM ${table} ORDER BY "timestamp"`);
  return rows.map((row) => row.name);
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

/** TypeORM's convention: the name ends in the epoch milliseconds of its making. */
function timestampOf(name: string): string {
  return /\d{13}$/.exec(name)?.[0] ?? '0';
}
