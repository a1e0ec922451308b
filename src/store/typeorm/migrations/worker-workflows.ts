import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quoteSchema } from '../sql/schema-name';
import { schemaOf } from './schema-of';

/** Which workflows a worker has the code of, so that others can tell whether anybody serves a run. */
export class WorkerWorkflows1764300000000 implements MigrationInterface {
  readonly name = 'WorkerWorkflows1764300000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    await queryRunner.query(`ALTER TABLE ${s}.worker ADD COLUMN workflows text[] NOT NULL DEFAULT '{}'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    await queryRunner.query(`ALTER TABLE ${s}.worker DROP COLUMN workflows`);
  }
}
