import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quoteSchema } from '../sql/schema-name';
import { schemaOf } from './schema-of';

/** Runs that begin by the clock. */
export class Schedules1764470000000 implements MigrationInterface {
  readonly name = 'Schedules1764470000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    await queryRunner.query(`
CREATE TABLE ${s}.schedule (
  name        text NOT NULL CONSTRAINT schedule_pkey PRIMARY KEY,
  workflow    text NOT NULL,
  flow        text NOT NULL,
  cron        text NOT NULL,
  time_zone   text NOT NULL,
  overlap     text NOT NULL,
  catch_up    text NOT NULL,
  input       jsonb,
  origin      text NOT NULL,
  definition  text NOT NULL,
  next_at     timestamptz(3),
  paused_at   timestamptz(3),
  last_at     timestamptz(3),
  last_run_id uuid,
  skipped     integer NOT NULL DEFAULT 0
)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE ${quoteSchema(schemaOf(queryRunner.dataSource))}.schedule`);
  }
}
