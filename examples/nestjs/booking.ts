import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { Relation } from 'typeorm';
import { WorkflowRun } from 'typeflow/entities';

/** A row of the application's own: there is one if and only if there is a run for it. */
@Entity({ name: 'booking' })
export class Booking {
  @PrimaryColumn({ name: 'room', type: 'text' })
  room!: string;

  @Column({ name: 'guest', type: 'text' })
  guest!: string;

  @Column({ name: 'run_id', type: 'uuid' })
  runId!: string;

  @ManyToOne(() => WorkflowRun, { createForeignKeyConstraints: false })
  @JoinColumn({ name: 'run_id' })
  run!: Relation<WorkflowRun>;
}
