import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A message to a run, as a row of table `signal`. It stays when a task has taken it, so that its key is known. */
@Entity({ name: 'signal' })
@Index('signal_waiting', ['runId', 'name', 'position'], { where: '"taken_at" IS NULL' })
@Index('signal_key', ['runId', 'name', 'key'], { unique: true, where: '"key" IS NOT NULL' })
export class WorkflowSignal {
  @PrimaryColumn({ name: 'run_id', type: 'uuid', primaryKeyConstraintName: 'signal_pkey' })
  runId!: string;

  @PrimaryColumn({ name: 'id', type: 'uuid', primaryKeyConstraintName: 'signal_pkey' })
  id!: string;

  /** Within its run, signals are taken in this order. */
  @Column({ name: 'position', type: 'bigint', generatedIdentity: 'ALWAYS', generated: 'identity' })
  position!: string;

  @Column({ name: 'name', type: 'text' })
  name!: string;

  /** A second signal of the same run, name and key is no signal. */
  @Column({ name: 'key', type: 'text', nullable: true })
  key!: string | null;

  @Column({ name: 'payload', type: 'jsonb' })
  payload!: unknown;

  @Column({ name: 'sent_at', type: 'timestamp with time zone', precision: 3 })
  sentAt!: Date;

  /** When a task was COMPLETED with it. */
  @Column({ name: 'taken_at', type: 'timestamp with time zone', precision: 3, nullable: true })
  takenAt!: Date | null;
}
