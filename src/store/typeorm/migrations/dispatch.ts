import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quoteSchema } from '../sql/schema-name';
import { schemaOf } from './schema-of';

/** Calls of nodes whose queue the owner of the run does not serve. */
export class Dispatch1764100000000 implements MigrationInterface {
  readonly name = 'Dispatch1764100000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    await queryRunner.query(createDispatchTable(s));
    await queryRunner.query(`CREATE INDEX dispatch_claim ON ${s}.dispatch (queue, claim_rank) WHERE outcome IS NULL`);
    await queryRunner.query(
      `CREATE INDEX dispatch_ended ON ${s}.dispatch (run_id, ended_at) WHERE outcome IS NOT NULL`,
    );
    await queryRunner.query(`CREATE INDEX dispatch_worker ON ${s}.dispatch (worker) WHERE worker IS NOT NULL`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE ${quoteSchema(schemaOf(queryRunner.dataSource))}.dispatch`);
  }
}

function createDispatchTable(s: string): string {
  return `
CREATE TABLE ${s}.dispatch (
  run_id           uuid NOT NULL,
  node             text NOT NULL,
  idx              integer NOT NULL,
  generation       integer NOT NULL,
  attempt          integer NOT NULL,
  workflow         text NOT NULL,
  flow             text NOT NULL,
  shape            text NOT NULL,
  queue            text NOT NULL,
  claim_rank       bigint NOT NULL,
  needs            text[] NOT NULL,
  failures         integer NOT NULL,
  first_started_at timestamptz(3),
  idempotency_key  text NOT NULL,
  decisive_node    text,
  decisive_idx     integer,
  created_at       timestamptz(3) NOT NULL,
  token            integer NOT NULL DEFAULT 0,
  worker           uuid,
  claimed_at       timestamptz(3),
  crashes          integer NOT NULL DEFAULT 0,
  abort            text,
  outcome          text,
  value            jsonb,
  detail           jsonb,
  ended_at         timestamptz(3),
  CONSTRAINT dispatch_pkey PRIMARY KEY (run_id, node, idx)
)`;
}
