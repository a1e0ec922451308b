import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quoteSchema } from '../sql/schema-name';
import { schemaOf } from './schema-of';

/** Messages to runs. */
export class Signals1764430000000 implements MigrationInterface {
  readonly name = 'Signals1764430000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    await queryRunner.query(`
CREATE TABLE ${s}.signal (
  run_id   uuid NOT NULL,
  id       uuid NOT NULL,
  position bigint GENERATED ALWAYS AS IDENTITY,
  name     text NOT NULL,
  key      text,
  payload  jsonb NOT NULL,
  sent_at  timestamptz(3) NOT NULL,
  taken_at timestamptz(3),
  CONSTRAINT signal_pkey PRIMARY KEY (run_id, id)
)`);
    await queryRunner.query(
      `CREATE INDEX signal_waiting ON ${s}.signal (run_id, name, position) WHERE taken_at IS NULL`,
    );
    await queryRunner.query(`CREATE UNIQUE INDEX signal_key ON ${s}.signal (run_id, name, key) WHERE key IS NOT NULL`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE ${quoteSchema(schemaOf(queryRunner.dataSource))}.signal`);
  }
}
