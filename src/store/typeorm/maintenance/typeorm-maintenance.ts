import type { DataSource } from 'typeorm';
import type { Clock } from '../../../core/clock';
import type { ClockDifference, Maintenance, MigrationSql, MigrationState } from '../../maintenance';
import type { Connection } from '../connections/connection';
import { TYPEFLOW_MIGRATIONS } from '../migrations/index';
import { migrateSchema } from '../migrations/migrate';
import { readApplied } from '../migrations/migration-table';
import { setSchemaOf } from '../migrations/schema-of';
import { migrationSql, migrationTableSql } from './migration-sql';
import { schemaDrift } from './schema-drift';

const NAMES: readonly string[] = TYPEFLOW_MIGRATIONS.map((Migration) => new Migration().name);

/** Over a connection that is open, and is closed with it. */
export class TypeormMaintenance implements Maintenance {
  readonly #connection: Connection;
  readonly #schema: string;
  readonly #clock: Clock;

  constructor(connection: Connection, schema: string, clock: Clock) {
    this.#connection = connection;
    this.#schema = schema;
    this.#clock = clock;
    setSchemaOf(this.#dataSource, schema);
  }

  get kind(): 'pglite' | 'postgres' {
    return this.#connection.kind;
  }

  get #dataSource(): DataSource {
    return this.#connection.dataSource;
  }

  async migrations(): Promise<MigrationState> {
    const runner = this.#dataSource.createQueryRunner();
    try {
      const applied = await readApplied(runner, this.#schema);
      return {
        schema: this.#schema,
        applied,
        pending: NAMES.filter((name) => !applied.includes(name)),
        unknown: applied.filter((name) => !NAMES.includes(name)),
      };
    } finally {
      await runner.release();
    }
  }

  async pendingSql(): Promise<readonly MigrationSql[]> {
    const { pending, applied } = await this.migrations();
    const all = await migrationSql(this.#schema);
    const statements = all.filter(({ name }) => pending.includes(name));
    return applied.length > 0 || statements.length === 0
      ? statements
      : [await migrationTableSql(this.#schema), ...statements];
  }

  migrate(): Promise<void> {
    return migrateSchema(this.#dataSource, { schema: this.#schema, migrate: true });
  }

  drift(): Promise<readonly string[]> {
    return schemaDrift(this.#connection, this.#schema);
  }

  async clock(): Promise<ClockDifference> {
    const before = this.#clock.now();
    const [row] = await this.#dataSource.query(
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::double precision AS now',
    );
    const after = this.#clock.now();
    return { aheadMs: Math.round(row.now - (before + after) / 2), roundTripMs: after - before };
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
