import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a task said while it ran, as a row of table `log`: a line of its logger, or how far it is. */
@Entity({ name: 'log' })
export class WorkflowLogLine {
  @PrimaryColumn({ name: 'run_id', type: 'uuid', primaryKeyConstraintName: 'log_pkey' })
  runId!: string;

  /** From the same sequence as those of nodes. */
  @PrimaryColumn({ name: 'seq', type: 'bigint', primaryKeyConstraintName: 'log_pkey' })
  seq!: string;

  @Column({ name: 'node', type: 'text' })
  node!: string;

  /** -1 for a node that is not mapped. */
  @Column({ name: 'idx', type: 'integer' })
  index!: number;

  @Column({ name: 'attempt', type: 'integer' })
  attempt!: number;

  /** Of a line. */
  @Column({ name: 'level', type: 'text', nullable: true })
  level!: string | null;

  /** Of progress: its note. */
  @Column({ name: 'message', type: 'text', nullable: true })
  message!: string | null;

  @Column({ name: 'fields', type: 'jsonb', nullable: true })
  fields!: unknown;

  /** Of progress, from 0 to 1. */
  @Column({ name: 'fraction', type: 'double precision', nullable: true })
  fraction!: number | null;

  @Column({ name: 'at', type: 'timestamp with time zone', precision: 3 })
  at!: Date;
}
