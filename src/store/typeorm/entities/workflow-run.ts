import { Column, Entity, Index, OneToMany, PrimaryColumn } from 'typeorm';
import type { RunStatus } from '../../../core/statuses';
import { WorkflowNode } from './workflow-node';

/** Runs that no worker owns and that may be claimed: the predicate of the indexes that claims walk. */
const CLAIMABLE = `"status" = ANY (ARRAY['PENDING'::text, 'WAITING'::text])`;

/**
 * A run, as a row of table `run`. Read it freely, join it, put it beside your own entities; write to it only through the
 * runner, because every change must carry the run's epoch.
 */
@Entity({ name: 'run' })
@Index('run_idempotency_key', ['workflow', 'idempotencyKey'], { unique: true, where: '"idempotency_key" IS NOT NULL' })
@Index('run_claim', ['queue', 'workflow', 'claimRank', 'wakeAt'], { where: CLAIMABLE })
@Index('run_wake', ['queue', 'workflow', 'wakeAt'], { where: CLAIMABLE })
@Index('run_priority', ['priority'], { where: `("priority" <> 0) AND ${CLAIMABLE}` })
@Index('run_owner', ['owner'], { where: '"owner" IS NOT NULL' })
@Index('run_parent', ['parentId'], { where: '"parent_id" IS NOT NULL' })
@Index('run_created', ['createdAt', 'id'])
export class WorkflowRun {
  /** UUIDv7: later runs sort later. */
  @PrimaryColumn({ name: 'id', type: 'uuid', primaryKeyConstraintName: 'run_pkey' })
  id!: string;

  @Column({ name: 'workflow', type: 'text' })
  workflow!: string;

  @Column({ name: 'version', type: 'text', nullable: true })
  version!: string | null;

  @Column({ name: 'flow', type: 'text' })
  flow!: string;

  /** Hash of the flow's graph: what tells changed code from the code that began the run. */
  @Column({ name: 'fingerprint', type: 'text' })
  fingerprint!: string;

  /** What stands for the code of workers that claimed the run and found it incompatible: fingerprints, with versions where there are some. */
  @Column({ name: 'refused', type: 'text', array: true, default: () => "'{}'" })
  refused!: string[];

  @Column({ name: 'status', type: 'text' })
  status!: RunStatus;

  @Column({ name: 'queue', type: 'text' })
  queue!: string;

  /** Higher first. */
  @Column({ name: 'priority', type: 'integer' })
  priority!: number;

  /** Claims take the lowest first: `wake_at` in epoch ms, less 30 s for each point of priority. */
  @Column({ name: 'claim_rank', type: 'bigint', nullable: true })
  claimRank!: string | null;

  @Column({ name: 'tags', type: 'text', array: true, default: () => "'{}'" })
  tags!: string[];

  @Column({ name: 'input', type: 'jsonb' })
  input!: unknown;

  @Column({ name: 'input_hash', type: 'text' })
  inputHash!: string;

  @Column({ name: 'idempotency_key', type: 'text', nullable: true })
  idempotencyKey!: string | null;

  @Column({ name: 'output', type: 'jsonb', nullable: true })
  output!: unknown;

  @Column({ name: 'error', type: 'jsonb', nullable: true })
  error!: unknown;

  @Column({ name: 'errors', type: 'jsonb', nullable: true })
  errors!: unknown;

  /** Raised by every claim; every write of the engine carries it. */
  @Column({ name: 'epoch', type: 'integer', default: 0 })
  epoch!: number;

  /** Raised by every `retry`. */
  @Column({ name: 'generation', type: 'integer', default: 1 })
  generation!: number;

  /** Raised by whoever wants the owner's attention. */
  @Column({ name: 'inbox', type: 'integer', default: 0 })
  inbox!: number;

  /** Claims that ended in a dead worker since the last recorded node. */
  @Column({ name: 'crashes', type: 'integer', default: 0 })
  crashes!: number;

  /** Grows with every change, across all runs. */
  @Column({ name: 'seq', type: 'bigint' })
  seq!: string;

  /** The worker that owns the run now. */
  @Column({ name: 'owner', type: 'uuid', nullable: true })
  owner!: string | null;

  /** It goes on when its parent ends otherwise than COMPLETED. */
  @Column({ name: 'is_detached', type: 'boolean', default: false })
  isDetached!: boolean;

  @Column({ name: 'parent_id', type: 'uuid', nullable: true })
  parentId!: string | null;

  /** What telemetry keeps of whoever started the run: W3C `traceparent`, and `tracestate` behind a space. */
  @Column({ name: 'trace', type: 'text', nullable: true })
  trace!: string | null;

  @Column({ name: 'cancel_requested_at', type: 'timestamp with time zone', precision: 3, nullable: true })
  cancelRequestedAt!: Date | null;

  @Column({ name: 'cancel_reason', type: 'text', nullable: true })
  cancelReason!: string | null;

  @Column({ name: 'created_at', type: 'timestamp with time zone', precision: 3 })
  createdAt!: Date;

  @Column({ name: 'started_at', type: 'timestamp with time zone', precision: 3, nullable: true })
  startedAt!: Date | null;

  @Column({ name: 'finished_at', type: 'timestamp with time zone', precision: 3, nullable: true })
  finishedAt!: Date | null;

  /** When a PENDING run may start, or a WAITING one goes on; `null` waits for the inbox alone. */
  @Column({ name: 'wake_at', type: 'timestamp with time zone', precision: 3, nullable: true })
  wakeAt!: Date | null;

  /** Set where the flow went well at once and so ended the run: then this row is its record, too, and it has none in `node`. */
  @Column({ name: 'flow_started_at', type: 'timestamp with time zone', precision: 3, nullable: true })
  flowStartedAt!: Date | null;

  @Column({ name: 'deadline_at', type: 'timestamp with time zone', precision: 3, nullable: true })
  deadlineAt!: Date | null;

  /** The run whose records it took over when it was created. */
  @Column({ name: 'forked_from', type: 'uuid', nullable: true })
  forkedFrom!: string | null;

  /** When it was last retried: its deadline counts from then. */
  @Column({ name: 'retried_at', type: 'timestamp with time zone', precision: 3, nullable: true })
  retriedAt!: Date | null;

  @OneToMany(() => WorkflowNode, (node) => node.run)
  nodes?: WorkflowNode[];
}
