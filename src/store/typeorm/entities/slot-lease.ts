import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Who holds and who waits for the slots of one key of fleet concurrency. The row is gone when nobody does. */
@Entity({ name: 'slot_lease' })
export class WorkflowSlotLease {
  /** What is limited, such as `task:orders:charge` or `queue:gpu`. */
  @PrimaryColumn({ name: 'key', type: 'text', primaryKeyConstraintName: 'slot_lease_pkey' })
  key!: string;

  /** The lowest limit that a worker has asked with lately. */
  @Column({ name: 'lim', type: 'integer' })
  limit!: number;

  @Column({ name: 'lim_at', type: 'timestamp with time zone', precision: 3 })
  limitAt!: Date;

  /** Slots by worker; those of a dead worker no longer count. */
  @Column({ name: 'leases', type: 'jsonb' })
  leases!: Record<string, number>;

  /** Who wants more than it has: since when, and when it last asked, in epoch ms. */
  @Column({ name: 'waiting', type: 'jsonb' })
  waiting!: Record<string, { readonly since: number; readonly seen: number }>;

  /** By worker, how often it had lost an answer when it last changed this row: what it sent before that is refused. */
  @Column({ name: 'turns', type: 'jsonb' })
  turns!: Record<string, number>;
}
