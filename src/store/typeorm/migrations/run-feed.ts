import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quoteSchema } from '../sql/schema-name';
import { schemaOf } from './schema-of';

/** What runs can be followed by: numbers that grow in the order of commits, and the lines that tasks write. */
export class RunFeed1764480000000 implements MigrationInterface {
  readonly name = 'RunFeed1764480000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    // A session that draws 32 numbers ahead gives a later change of a run a smaller one.
    await queryRunner.query(`ALTER SEQUENCE ${s}.change_seq CACHE 1`);
    await queryRunner.query(`
CREATE TABLE ${s}.log (
  run_id   uuid NOT NULL,
  seq      bigint NOT NULL,
  node     text NOT NULL,
  idx      integer NOT NULL,
  attempt  integer NOT NULL,
  level    text,
  message  text,
  fields   jsonb,
  fraction double precision,
  at       timestamptz(3) NOT NULL,
  CONSTRAINT log_pkey PRIMARY KEY (run_id, seq)
)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    await queryRunner.query(`DROP TABLE ${s}.log`);
    await queryRunner.query(`ALTER SEQUENCE ${s}.change_seq CACHE 32`);
  }
}
