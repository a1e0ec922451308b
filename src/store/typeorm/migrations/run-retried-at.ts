import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quoteSchema } from '../sql/schema-name';
import { schemaOf } from './schema-of';

/** When a run was last retried: from then on its deadline counts. */
export class RunRetriedAt1764310000000 implements MigrationInterface {
  readonly name = 'RunRetriedAt1764310000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    await queryRunner.query(`ALTER TABLE ${s}.run ADD COLUMN retried_at timestamptz(3)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    await queryRunner.query(`ALTER TABLE ${s}.run DROP COLUMN retried_at`);
  }
}
