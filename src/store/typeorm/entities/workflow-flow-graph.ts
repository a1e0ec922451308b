import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The graph of a flow that some runner had, as a row of table `graph`: what its fingerprint stands for. */
@Entity({ name: 'graph' })
export class WorkflowFlowGraph {
  @PrimaryColumn({ name: 'fingerprint', type: 'text', primaryKeyConstraintName: 'graph_pkey' })
  fingerprint!: string;

  /** Its nodes with their kinds and edges, in definition order. */
  @Column({ name: 'outline', type: 'jsonb' })
  outline!: unknown;

  /** When a runner that has it was last created, to within a day. */
  @Column({ name: 'seen_at', type: 'timestamp with time zone', precision: 3 })
  seenAt!: Date;
}
