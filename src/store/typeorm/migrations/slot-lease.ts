import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quoteSchema } from '../sql/schema-name';
import { schemaOf } from './schema-of';

/** The slots of fleet concurrency: one row per key, which holds everything that a grant of it depends on. */
export class SlotLease1764200000000 implements MigrationInterface {
  readonly name = 'SlotLease1764200000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    // Half-full pages: the rows are short-lived and rewritten in place, none of their columns but the key being indexed.
    await queryRunner.query(`
CREATE TABLE ${s}.slot_lease (
  key     text NOT NULL CONSTRAINT slot_lease_pkey PRIMARY KEY,
  lim     integer NOT NULL,
  lim_at  timestamptz(3) NOT NULL,
  leases  jsonb NOT NULL,
  waiting jsonb NOT NULL,
  turns   jsonb NOT NULL
) WITH (fillfactor = 50)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE ${quoteSchema(schemaOf(queryRunner.dataSource))}.slot_lease`);
  }
}
