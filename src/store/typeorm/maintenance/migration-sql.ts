import type { DataSource, QueryRunner } from 'typeorm';
import type { MigrationSql } from '../../maintenance';
import { TYPEFLOW_MIGRATIONS } from '../migrations/index';
import { createMigrationTable, noteMigration } from '../migrations/migration-table';
import { setSchemaOf } from '../migrations/schema-of';

/**
 * What every migration executes on a schema, oldest first, with the row that notes it. No database is asked: a migration is given a runner that
 * writes down what it is told. None of ours reads anything.
 */
export async function migrationSql(schema: string): Promise<readonly MigrationSql[]> {
  const recorded: MigrationSql[] = [];
  for (const Migration of TYPEFLOW_MIGRATIONS) {
    const migration = new Migration();
    const statements = await recordedFrom(schema, async (runner) => {
      await migration.up(runner);
      await noteMigration(runner, schema, migration.name);
    });
    recorded.push({ name: migration.name, statements });
  }
  return recorded;
}

/** What comes before the first of them. */
export async function migrationTableSql(schema: string): Promise<MigrationSql> {
  const statements = await recordedFrom(schema, (runner) => createMigrationTable(runner, schema));
  // Whether the schema is there was asked of nobody.
  const made = statements.map((one) => one.replace(/^CREATE SCHEMA /, 'CREATE SCHEMA IF NOT EXISTS '));
  return { name: 'the table of migrations', statements: made.filter((one) => one.startsWith('CREATE')) };
}

async function recordedFrom(schema: string, act: (runner: QueryRunner) => Promise<void>): Promise<readonly string[]> {
  const statements: string[] = [];
  const dataSource = { options: { type: 'postgres' } } as unknown as DataSource;
  setSchemaOf(dataSource, schema);
  const query = async (sql: string, values: readonly unknown[] = []): Promise<unknown[]> => {
    statements.push(withValues(sql.trim(), values));
    return [];
  };
  await act({ dataSource, query } as unknown as QueryRunner);
  return statements;
}

/** Placeholders are replaced by literals: a script has no parameters. */
function withValues(sql: string, values: readonly unknown[]): string {
  if (values.length === 0) return sql;
  return sql.replace(/\$(\d+)/g, (_, n: string) => `'${String(values[Number(n) - 1]).replaceAll("'", "''")}'`);
}
