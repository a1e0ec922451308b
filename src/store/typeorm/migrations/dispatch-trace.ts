import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quoteSchema } from '../sql/schema-name';
import { schemaOf } from './schema-of';

/** What telemetry hands to whoever makes a call of another worker's run. Runs have had a column for theirs from the beginning. */
export class DispatchTrace1764510000000 implements MigrationInterface {
  readonly name = 'DispatchTrace1764510000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    await queryRunner.query(`ALTER TABLE ${s}.dispatch ADD COLUMN trace text`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    await queryRunner.query(`ALTER TABLE ${s}.dispatch DROP COLUMN trace`);
  }
}
