import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quoteSchema } from '../sql/schema-name';
import { schemaOf } from './schema-of';

/** Runs, their nodes, and the workers that own them. */
export class InitialSchema1764000000000 implements MigrationInterface {
  readonly name = 'InitialSchema1764000000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    await queryRunner.query(`CREATE SEQUENCE ${s}.change_seq CACHE 32`);
    await queryRunner.query(createRunTable(s));
    await queryRunner.query(createNodeTable(s));
    await queryRunner.query(createWorkerTable(s));
    for (const index of createRunIndexes(s)) await queryRunner.query(index);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    await queryRunner.query(`DROP TABLE ${s}.node, ${s}.run, ${s}.worker`);
    await queryRunner.query(`DROP SEQUENCE ${s}.change_seq`);
  }
}

function createRunTable(s: string): string {
  return `
CREATE TABLE ${s}.run (
  id                  uuid NOT NULL CONSTRAINT run_pkey PRIMARY KEY,
  workflow            text NOT NULL,
  version             text,
  flow                text NOT NULL,
  fingerprint         text NOT NULL,
  refused             text[] NOT NULL DEFAULT '{}',
  status              text NOT NULL,
  queue               text NOT NULL,
  priority            integer NOT NULL,
  claim_rank          bigint,
  tags                text[] NOT NULL DEFAULT '{}',
  input               jsonb NOT NULL,
  input_hash          text NOT NULL,
  idempotency_key     text,
  output              jsonb,
  error               jsonb,
  errors              jsonb,
  epoch               integer NOT NULL DEFAULT 0,
  generation          integer NOT NULL DEFAULT 1,
  inbox               integer NOT NULL DEFAULT 0,
  crashes             integer NOT NULL DEFAULT 0,
  seq                 bigint NOT NULL,
  owner               uuid,
  parent_id           uuid,
  trace               text,
  cancel_requested_at timestamptz(3),
  cancel_reason       text,
  created_at          timestamptz(3) NOT NULL,
  started_at          timestamptz(3),
  finished_at         timestamptz(3),
  wake_at             timestamptz(3),
  deadline_at         timestamptz(3)
)`;
}

function createNodeTable(s: string): string {
  return `
CREATE TABLE ${s}.node (
  run_id      uuid NOT NULL,
  node        text NOT NULL,
  idx         integer NOT NULL,
  kind        text NOT NULL,
  shape       text NOT NULL,
  status      text NOT NULL,
  generation  integer NOT NULL,
  epoch       integer NOT NULL,
  attempt     integer NOT NULL,
  attempts    jsonb,
  output      jsonb,
  error       jsonb,
  reason      jsonb,
  elements    integer,
  wait        jsonb,
  reset_in    integer,
  seq         bigint NOT NULL,
  started_at  timestamptz(3),
  finished_at timestamptz(3),
  wake_at     timestamptz(3),
  CONSTRAINT node_pkey PRIMARY KEY (run_id, node, idx)
)`;
}

function createWorkerTable(s: string): string {
  return `
CREATE TABLE ${s}.worker (
  id            uuid NOT NULL CONSTRAINT worker_pkey PRIMARY KEY,
  label         text NOT NULL,
  queues        text[] NOT NULL,
  lease_until   timestamptz(3) NOT NULL,
  dead          boolean NOT NULL DEFAULT false,
  registered_at timestamptz(3) NOT NULL,
  seen_at       timestamptz(3) NOT NULL
)`;
}

function createRunIndexes(s: string): readonly string[] {
  const claimable = `status = ANY (ARRAY['PENDING'::text, 'WAITING'::text])`;
  return [
    `CREATE UNIQUE INDEX run_idempotency_key ON ${s}.run (workflow, idempotency_key) WHERE idempotency_key IS NOT NULL`,
    `CREATE INDEX run_claim ON ${s}.run (claim_rank, wake_at, queue) WHERE ${claimable}`,
    `CREATE INDEX run_wake ON ${s}.run (wake_at) WHERE ${claimable}`,
    `CREATE INDEX run_low_priority ON ${s}.run (priority) WHERE priority < 0 AND ${claimable}`,
    `CREATE INDEX run_owner ON ${s}.run (owner) WHERE owner IS NOT NULL`,
    `CREATE INDEX run_parent ON ${s}.run (parent_id) WHERE parent_id IS NOT NULL`,
    `CREATE INDEX run_created ON ${s}.run (created_at, id)`,
  ];
}
