import type { QueryRunner } from 'typeorm';
import { quoteSchema } from '../sql/schema-name';

/** The table that remembers which have run: TypeORM's layout, so that its command line reads it too. */
export const MIGRATION_TABLE = 'migration';

export async function createMigrationTable(runner: QueryRunner, schema: string): Promise<void> {
  // Asked first: CREATE SCHEMA IF NOT EXISTS needs the right to create schemas even where there is nothing to create.
  const found: unknown[] = await runner.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  if (found.length === 0) await runner.query(`CREATE SCHEMA ${quoteSchema(schema)}`);
  await runner.query(
    `CREATE TABLE IF NOT EXISTS ${tableIn(schema)} ` +
      `("id" SERIAL NOT NULL PRIMARY KEY, "timestamp" bigint NOT NULL, "name" character varying NOT NULL)`,
  );
}

/** The names of those that have run, oldest first; none where there is no table yet. */
export async function readApplied(runner: QueryRunner, schema: string): Promise<readonly string[]> {
  const table = tableIn(schema);
  const [{ exists }] = await runner.query('SELECT to_regclass($1) IS NOT NULL AS exists', [table]);
  if (!exists) return [];
  const rows: { name: string }[] = await runner.query(`SELECT "name" FROM ${table} ORDER BY "timestamp"`);
  return rows.map((row) => row.name);
}

export async function isApplied(runner: QueryRunner, schema: string, name: string): Promise<boolean> {
  return (await readApplied(runner, schema)).includes(name);
}

export async function noteMigration(runner: QueryRunner, schema: string, name: string): Promise<void> {
  await runner.query(`INSERT INTO ${tableIn(schema)} ("timestamp", "name") VALUES ($1, $2)`, [timestampOf(name), name]);
}

export async function forgetMigration(runner: QueryRunner, schema: string, name: string): Promise<void> {
  await runner.query(`DELETE FROM ${tableIn(schema)} WHERE "name" = $1`, [name]);
}

function tableIn(schema: string): string {
  return `${quoteSchema(schema)}."${MIGRATION_TABLE}"`;
}

/** TypeORM's convention: the name ends in the epoch milliseconds of its making. */
function timestampOf(name: string): string {
  return /\d{13}$/.exec(name)?.[0] ?? '0';
}
