import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * A call that another worker than the run's owner executes, as a row of table `dispatch`: one attempt of one node or instance, there
 * from the moment it is offered until its end is recorded.
 */
@Entity({ name: 'dispatch' })
@Index('dispatch_claim', ['queue', 'claimRank'], { where: '"outcome" IS NULL' })
@Index('dispatch_ended', ['runId', 'endedAt'], { where: '"outcome" IS NOT NULL' })
@Index('dispatch_worker', ['worker'], { where: '"worker" IS NOT NULL' })
export class WorkflowDispatch {
  @PrimaryColumn({ name: 'run_id', type: 'uuid', primaryKeyConstraintName: 'dispatch_pkey' })
  runId!: string;

  @PrimaryColumn({ name: 'node', type: 'text', primaryKeyConstraintName: 'dispatch_pkey' })
  node!: string;

  /** -1 for the node as a whole, otherwise the element's position. */
  @PrimaryColumn({ name: 'idx', type: 'integer', primaryKeyConstraintName: 'dispatch_pkey' })
  index!: number;

  @Column({ name: 'generation', type: 'integer' })
  generation!: number;

  @Column({ name: 'attempt', type: 'integer' })
  attempt!: number;

  @Column({ name: 'workflow', type: 'text' })
  workflow!: string;

  @Column({ name: 'flow', type: 'text' })
  flow!: string;

  @Column({ name: 'shape', type: 'text' })
  shape!: string;

  @Column({ name: 'queue', type: 'text' })
  queue!: string;

  /** What claims sort by: the instant it was offered, less 30 s for each point of the run's priority. */
  @Column({ name: 'claim_rank', type: 'bigint' })
  claimRank!: string;

  /** The nodes whose records its arguments are made of. */
  @Column({ name: 'needs', type: 'text', array: true })
  needs!: string[];

  @Column({ name: 'failures', type: 'integer' })
  failures!: number;

  /** When the first attempt of this generation started, unless this is the first. */
  @Column({ name: 'first_started_at', type: 'timestamp with time zone', precision: 3, nullable: true })
  firstStartedAt!: Date | null;

  @Column({ name: 'idempotency_key', type: 'text' })
  idempotencyKey!: string;

  /** Whose failure a flow that was SKIPPED ended with, for its handlers. */
  @Column({ name: 'decisive_node', type: 'text', nullable: true })
  decisiveNode!: string | null;

  @Column({ name: 'decisive_idx', type: 'integer', nullable: true })
  decisiveIndex!: number | null;

  /** What telemetry hands to whoever makes the attempt: W3C `traceparent`, and `tracestate` behind a space. */
  @Column({ name: 'trace', type: 'text', nullable: true })
  trace!: string | null;

  @Column({ name: 'created_at', type: 'timestamp with time zone', precision: 3 })
  createdAt!: Date;

  /** Raised by every claim and release. */
  @Column({ name: 'token', type: 'integer', default: 0 })
  token!: number;

  /** Who executes it; after its end, who did. */
  @Column({ name: 'worker', type: 'uuid', nullable: true })
  worker!: string | null;

  @Column({ name: 'claimed_at', type: 'timestamp with time zone', precision: 3, nullable: true })
  claimedAt!: Date | null;

  /** Claims that ended in a dead worker. */
  @Column({ name: 'crashes', type: 'integer', default: 0 })
  crashes!: number;

  @Column({ name: 'abort', type: 'text', nullable: true })
  abort!: 'cancel' | 'deadline' | null;

  @Column({ name: 'outcome', type: 'text', nullable: true })
  outcome!: 'completed' | 'failed' | 'skipped' | 'waiting' | null;

  /** The value it returned, or the record of its error. */
  @Column({ name: 'value', type: 'jsonb', nullable: true })
  value!: unknown;

  /** The rest of the result. */
  @Column({ name: 'detail', type: 'jsonb', nullable: true })
  detail!: unknown;

  @Column({ name: 'ended_at', type: 'timestamp with time zone', precision: 3, nullable: true })
  endedAt!: Date | null;
}
