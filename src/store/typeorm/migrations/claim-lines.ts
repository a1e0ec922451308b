import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quoteSchema } from '../sql/schema-name';
import { schemaOf } from './schema-of';

const CLAIMABLE = `status = ANY (ARRAY['PENDING'::text, 'WAITING'::text])`;

/** Claims walk one line of runs per queue and workflow: a backlog that waits for other workers is never in their way. */
export class ClaimLines1764000200000 implements MigrationInterface {
  readonly name = 'ClaimLines1764000200000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    await queryRunner.query(`DROP INDEX ${s}.run_claim, ${s}.run_wake, ${s}.run_low_priority`);
    await queryRunner.query(`CREATE INDEX run_priority ON ${s}.run (priority) WHERE priority <> 0 AND ${CLAIMABLE}`);
    await queryRunner.query(
      `CREATE INDEX run_claim ON ${s}.run (queue, workflow, claim_rank, wake_at) WHERE ${CLAIMABLE}`,
    );
    await queryRunner.query(`CREATE INDEX run_wake ON ${s}.run (queue, workflow, wake_at) WHERE ${CLAIMABLE}`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    await queryRunner.query(`DROP INDEX ${s}.run_claim, ${s}.run_wake, ${s}.run_priority`);
    await queryRunner.query(`CREATE INDEX run_low_priority ON ${s}.run (priority) WHERE priority < 0 AND ${CLAIMABLE}`);
    await queryRunner.query(`CREATE INDEX run_claim ON ${s}.run (claim_rank, wake_at, queue) WHERE ${CLAIMABLE}`);
    await queryRunner.query(`CREATE INDEX run_wake ON ${s}.run (wake_at) WHERE ${CLAIMABLE}`);
  }
}
