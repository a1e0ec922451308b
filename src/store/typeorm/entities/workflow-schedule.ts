import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { CatchUp, Overlap } from '../../../core/schedule-rules';

/** When runs of a flow begin by themselves, as a row of table `schedule`. */
@Entity({ name: 'schedule' })
export class WorkflowSchedule {
  @PrimaryColumn({ name: 'name', type: 'text', primaryKeyConstraintName: 'schedule_pkey' })
  name!: string;

  @Column({ name: 'workflow', type: 'text' })
  workflow!: string;

  @Column({ name: 'flow', type: 'text' })
  flow!: string;

  @Column({ name: 'cron', type: 'text' })
  cron!: string;

  @Column({ name: 'time_zone', type: 'text' })
  timeZone!: string;

  @Column({ name: 'overlap', type: 'text' })
  overlap!: Overlap;

  @Column({ name: 'catch_up', type: 'text' })
  catchUp!: CatchUp;

  /** `null` where the code makes it from the tick. */
  @Column({ name: 'input', type: 'jsonb', nullable: true })
  input!: unknown;

  @Column({ name: 'origin', type: 'text' })
  origin!: 'code' | 'api';

  /** A hash of all the above. */
  @Column({ name: 'definition', type: 'text' })
  definition!: string;

  @Column({ name: 'next_at', type: 'timestamp with time zone', precision: 3, nullable: true })
  nextAt!: Date | null;

  @Column({ name: 'paused_at', type: 'timestamp with time zone', precision: 3, nullable: true })
  pausedAt!: Date | null;

  /** The last tick that began a run. */
  @Column({ name: 'last_at', type: 'timestamp with time zone', precision: 3, nullable: true })
  lastAt!: Date | null;

  @Column({ name: 'last_run_id', type: 'uuid', nullable: true })
  lastRunId!: string | null;

  /** Ticks that began no run. */
  @Column({ name: 'skipped', type: 'integer', default: 0 })
  skipped!: number;
}
