import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quoteSchema } from '../sql/schema-name';
import { schemaOf } from './schema-of';

/** Children that go on when their parent does not. */
export class Children1764460000000 implements MigrationInterface {
  readonly name = 'Children1764460000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    await queryRunner.query(`ALTER TABLE ${s}.run ADD COLUMN is_detached boolean NOT NULL DEFAULT false`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE ${quoteSchema(schemaOf(queryRunner.dataSource))}.run DROP COLUMN is_detached`);
  }
}
