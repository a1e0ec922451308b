import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quoteSchema } from '../sql/schema-name';
import { schemaOf } from './schema-of';

/** A flow that goes well at once is recorded by its run's own row, and no longer by one of `node`. */
export class FlowInRun1764000100000 implements MigrationInterface {
  readonly name = 'FlowInRun1764000100000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    await queryRunner.query(`ALTER TABLE ${s}.run ADD COLUMN flow_started_at timestamptz(3)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const s = quoteSchema(schemaOf(queryRunner.dataSource));
    await queryRunner.query(`
INSERT INTO ${s}.node (run_id, node, idx, kind, shape, status, generation, epoch, attempt, output, seq, started_at, finished_at)
SELECT id, flow, -1, 'flow', '', 'COMPLETED', generation, epoch, 1, output, seq, flow_started_at, finished_at
FROM ${s}.run WHERE flow_started_at IS NOT NULL`);
    await queryRunner.query(`ALTER TABLE ${s}.run DROP COLUMN flow_started_at`);
  }
}
