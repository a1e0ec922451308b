import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A process that claims and executes runs, as a row of table `worker`: one lease for all the runs it owns. */
@Entity({ name: 'worker' })
export class WorkflowWorker {
  /** New with every registration. */
  @PrimaryColumn({ name: 'id', type: 'uuid', primaryKeyConstraintName: 'worker_pkey' })
  id!: string;

  /** For people: host name and pid. */
  @Column({ name: 'label', type: 'text' })
  label!: string;

  @Column({ name: 'queues', type: 'text', array: true })
  queues!: string[];

  /** Names of the workflows it has the code of. */
  @Column({ name: 'workflows', type: 'text', array: true, default: () => "'{}'" })
  workflows!: string[];

  /** `infinity` on PGlite, which has one process. */
  @Column({ name: 'lease_until', type: 'timestamp with time zone', precision: 3 })
  leaseUntil!: Date;

  /** Never unset: a worker that finds itself dead registers anew, under another id. */
  @Column({ name: 'dead', type: 'boolean', default: false })
  dead!: boolean;

  @Column({ name: 'registered_at', type: 'timestamp with time zone', precision: 3 })
  registeredAt!: Date;

  @Column({ name: 'seen_at', type: 'timestamp with time zone', precision: 3 })
  seenAt!: Date;

  /** When a cleanup last began: kept on the row of whoever was the oldest worker then, by which the fleet takes turns. */
  @Column({ name: 'cleaned_at', type: 'timestamp with time zone', precision: 3, nullable: true })
  cleanedAt!: Date | null;
}
