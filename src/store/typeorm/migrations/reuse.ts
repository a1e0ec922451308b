import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quoteSchema } from '../sql/schema-name';
import { schemaOf } from './schema-of';

/** Runs that take over records of others, and the graphs by which it is told what changed. */
export class Reuse1764420000000 implements MigrationInterface {
  readonly name = 'Reuse1764420000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    await queryRunner.query(`ALTER TABLE ${s}.run ADD COLUMN forked_from uuid`);
    await queryRunner.query(`ALTER TABLE ${s}.node ADD COLUMN reused_from uuid`);
    await queryRunner.query(`
CREATE TABLE ${s}.graph (
  fingerprint  text NOT NULL CONSTRAINT graph_pkey PRIMARY KEY,
  outline      jsonb NOT NULL,
  seen_at      timestamptz(3) NOT NULL
)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    await queryRunner.query(`DROP TABLE ${s}.graph`);
    await queryRunner.query(`ALTER TABLE ${s}.node DROP COLUMN reused_from`);
    await queryRunner.query(`ALTER TABLE ${s}.run DROP COLUMN forked_from`);
  }
}
