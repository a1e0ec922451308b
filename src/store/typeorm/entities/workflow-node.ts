import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { Relation } from 'typeorm';
import type { RecordedAttempt } from '../../../core/attempts';
import type { NodeReason } from '../../../core/reasons';
import type { RecordedWait } from '../../../core/wait';
import type { NodeKind, NodeStatus } from '../../../core/statuses';
import type { WorkflowRun } from './workflow-run';

/** A node of a run (or one instance of a mapped node), as a row of table `node`. It has no row before it is reported. */
@Entity({ name: 'node' })
export class WorkflowNode {
  @PrimaryColumn({ name: 'run_id', type: 'uuid', primaryKeyConstraintName: 'node_pkey' })
  runId!: string;

  @PrimaryColumn({ name: 'node', type: 'text', primaryKeyConstraintName: 'node_pkey' })
  node!: string;

  /** -1 for the node as a whole, otherwise the element's position. */
  @PrimaryColumn({ name: 'idx', type: 'integer', primaryKeyConstraintName: 'node_pkey' })
  index!: number;

  @Column({ name: 'kind', type: 'text' })
  kind!: NodeKind;

  @Column({ name: 'shape', type: 'text' })
  shape!: string;

  @Column({ name: 'status', type: 'text' })
  status!: NodeStatus;

  @Column({ name: 'generation', type: 'integer' })
  generation!: number;

  /** The claim under which the row was last written. */
  @Column({ name: 'epoch', type: 'integer' })
  epoch!: number;

  @Column({ name: 'attempt', type: 'integer' })
  attempt!: number;

  /** `null` while there was one attempt and it went well. */
  @Column({ name: 'attempts', type: 'jsonb', nullable: true })
  attempts!: RecordedAttempt[] | null;

  @Column({ name: 'output', type: 'jsonb', nullable: true })
  output!: unknown;

  @Column({ name: 'error', type: 'jsonb', nullable: true })
  error!: unknown;

  @Column({ name: 'reason', type: 'jsonb', nullable: true })
  reason!: NodeReason | null;

  /** Of a mapped node as a whole: how many instances it has. */
  @Column({ name: 'elements', type: 'integer', nullable: true })
  elements!: number | null;

  /** What a WAITING node waits for. */
  @Column({ name: 'wait', type: 'jsonb', nullable: true })
  wait!: RecordedWait | null;

  /** The generation in which a COMPLETED record was last reset. */
  @Column({ name: 'reset_in', type: 'integer', nullable: true })
  resetIn!: number | null;

  /** The run that made it, where it was taken over from another one. */
  @Column({ name: 'reused_from', type: 'uuid', nullable: true })
  reusedFrom!: string | null;

  /** From the same sequence as the run's. */
  @Column({ name: 'seq', type: 'bigint' })
  seq!: string;

  @Column({ name: 'started_at', type: 'timestamp with time zone', precision: 3, nullable: true })
  startedAt!: Date | null;

  @Column({ name: 'finished_at', type: 'timestamp with time zone', precision: 3, nullable: true })
  finishedAt!: Date | null;

  @Column({ name: 'wake_at', type: 'timestamp with time zone', precision: 3, nullable: true })
  wakeAt!: Date | null;

  // No foreign key: every insert joins the run's locked row, so the constraint would only repeat that check, once per node.
  @ManyToOne('WorkflowRun', 'nodes', { createForeignKeyConstraints: false })
  @JoinColumn({ name: 'run_id' })
  run?: Relation<WorkflowRun>;
}
