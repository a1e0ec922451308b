import type { MigrationInterface } from 'typeorm';
import { DataSource } from 'typeorm';
import { SchemaOutdatedError, SchemaTooNewError } from '../../src/core/errors/store-errors';
import { ConfigurationError } from '../../src/core/errors/definition-error';
import { systemClock } from '../../src/runner/system-clock';
import { createStore } from '../../src/store/open-store';
import { connectPostgres } from '../../src/store/typeorm/connections/postgres';
import { TYPEFLOW_MIGRATIONS } from '../../src/store/typeorm/migrations/index';
import { migrateSchema } from '../../src/store/typeorm/migrations/migrate';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';

describe('the schema', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createTestDatabase();
  });

  afterEach(async () => {
    await database.drop();
  });

  const open = async (options: { schema?: string; migrate?: boolean } = {}): Promise<void> => {
    const store = createStore(database.url, { clock: systemClock, ...options });
    await store.open();
    await store.close();
  };

  it('is made once when six processes start at once on an empty database', async () => {
    await Promise.all(Array.from({ length: 6 }, () => open()));
    await expect(open({ migrate: false })).resolves.toBeUndefined();
  });

  it.each(['typeflow', 'Custom_1'])(
    'is the same in the entities, the migrations and the database (schema %s)',
    async (schema) => {
      await open({ schema });
      const connection = connectPostgres(database.url, { clock: systemClock, schema });
      await connection.open();
      try {
        const { upQueries } = await connection.dataSource.driver.createSchemaBuilder().log();
        expect(upQueries.map((one) => one.query)).toEqual([]);
        const rows = await connection.dataSource.query(
          'SELECT 1 FROM information_schema.schemata WHERE schema_name = $1',
          [schema],
        );
        expect(rows).toHaveLength(1);
        expect(await connection.dataSource.showMigrations()).toBe(false);
      } finally {
        await connection.close();
      }
    },
  );

  it('can be undone', async () => {
    const connection = connectPostgres(database.url, { clock: systemClock, schema: 'typeflow' });
    await open();
    await connection.open();
    try {
      for (const _ of TYPEFLOW_MIGRATIONS) await connection.dataSource.undoLastMigration();
      const left = await connection.dataSource.query(
        `SELECT relname FROM pg_class WHERE relnamespace = 'typeflow'::regnamespace AND relkind IN ('r', 'S')`,
      );
      expect(left.map((row: { relname: string }) => row.relname).sort()).toEqual(['migration', 'migration_id_seq']);
    } finally {
      await connection.close();
    }
  });

  it('is refused when a newer version made it, naming both', async () => {
    await open();
    const newest = 'AddEverything9999999999999';
    await query(`INSERT INTO typeflow.migration ("timestamp", "name") VALUES (9999999999999, '${newest}')`);
    const refusal = await open().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(SchemaTooNewError);
    expect((refusal as Error).message).toContain(newest);
    expect((refusal as Error).message).toContain(
      new (TYPEFLOW_MIGRATIONS.at(-1) as new () => MigrationInterface)().name,
    );
  });

  it('is left alone when the runner may not migrate', async () => {
    await expect(open({ migrate: false })).rejects.toThrow(SchemaOutdatedError);
    expect(await query(`SELECT to_regnamespace('typeflow') AS found`)).toEqual([{ found: null }]);
  });

  it('rolls back whole when a migration fails half-way', async () => {
    class Broken9000000000000 implements MigrationInterface {
      readonly name = 'Broken9000000000000';
      async up(runner: Parameters<MigrationInterface['up']>[0]): Promise<void> {
        await runner.query('CREATE TABLE typeflow.half (id integer)');
        await runner.query('SELECT 1 / 0');
      }
      async down(): Promise<void> {}
    }
    const connection = connectPostgres(database.url, { clock: systemClock, schema: 'typeflow' });
    await connection.open();
    const migrations = [...TYPEFLOW_MIGRATIONS, Broken9000000000000];
    await expect(
      migrateSchema(connection.dataSource, { schema: 'typeflow', migrate: true, migrations }),
    ).rejects.toThrow('division');
    await connection.close();
    expect(await query(`SELECT to_regnamespace('typeflow') AS found`)).toEqual([{ found: null }]);
    await open();
  });

  it.each(['', 'a"b', 'pg_mine', '1st', 'x'.repeat(64), 'a; drop table run'])(
    'has no name such as %j',
    async (schema) => {
      expect(() => createStore(database.url, { clock: systemClock, schema })).toThrow(ConfigurationError);
    },
  );

  async function query(sql: string): Promise<unknown> {
    const dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    try {
      return await dataSource.query(sql);
    } finally {
      await dataSource.destroy();
    }
  }
});
