import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { SchemaOptions } from '../entities/typeflow-entities';
import { DEFAULT_SCHEMA, quoteSchema } from '../sql/schema-name';
import { TYPEFLOW_MIGRATIONS } from './index';
import { createMigrationTable, forgetMigration, isApplied, noteMigration } from './migration-table';
import { setSchemaOf } from './schema-of';

/**
 * Typeflow's migrations for your own list, run by TypeORM with yours. Each also notes itself where the runner looks, so that it is run once,
 * whichever of the two comes first; `WorkflowRunner.create({ migrate: false })` then only checks.
 *
 * Run them from one process at a time: TypeORM takes no lock, which the runner does.
 *
 * @throws ConfigurationError for a bad schema
 */
export function typeflowMigrations({ schema = DEFAULT_SCHEMA }: SchemaOptions = {}): (new () => MigrationInterface)[] {
  quoteSchema(schema);
  return TYPEFLOW_MIGRATIONS.map((Migration) => within(schema, Migration));
}

function within(schema: string, Migration: new () => MigrationInterface & { readonly name: string }) {
  return class implements MigrationInterface {
    readonly #migration = new Migration();
    readonly name = this.#migration.name;

    async up(runner: QueryRunner): Promise<void> {
      setSchemaOf(runner.dataSource, schema);
      await createMigrationTable(runner, schema);
      if (await isApplied(runner, schema, this.name)) return;
      await this.#migration.up(runner);
      await noteMigration(runner, schema, this.name);
    }

    async down(runner: QueryRunner): Promise<void> {
      setSchemaOf(runner.dataSource, schema);
      await this.#migration.down(runner);
      await forgetMigration(runner, schema, this.name);
    }
  };
}
