import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quoteSchema } from '../sql/schema-name';
import { schemaOf } from './schema-of';

/** When a cleanup last began: by this the workers of a fleet take turns. */
export class WorkerCleanedAt1764290000000 implements MigrationInterface {
  readonly name = 'WorkerCleanedAt1764290000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    await queryRunner.query(`ALTER TABLE ${s}.worker ADD COLUMN cleaned_at timestamptz(3)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    await queryRunner.query(`ALTER TABLE ${s}.worker DROP COLUMN cleaned_at`);
  }
}
