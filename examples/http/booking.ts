import { setTimeout as sleep } from 'node:timers/promises';
import { Column, DataSource, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { Relation } from 'typeorm';
import { Compensate, Flow, Task, Workflow } from 'typeflow';
import type { TaskContext } from 'typeflow';
import { WorkflowRun, typeflowEntities } from 'typeflow/entities';

export interface BookingRequest {
  readonly room: string;
  readonly guest: string;
}

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

/** How long the pretended hotel takes, ms; a test makes it slower, to stop the process meanwhile. */
const LATENCY_MS = Number(process.env['BOOKING_LATENCY_MS'] ?? 50);

@Workflow({ name: 'booking' })
export class BookingWorkflow {
  @Task()
  async hold(request: BookingRequest): Promise<{ hold: string }> {
    await sleep(10);
    return { hold: `hold-${request.room}` };
  }

  @Compensate('hold')
  async release(_held: { hold: string }): Promise<void> {
    await sleep(10);
  }

  /** Heeds `ctx.signal`: a process that is told to stop does not wait for it, and the next one calls it again. */
  @Task({ dependsOn: ['hold'] })
  async confirm(held: { hold: string }, ctx: TaskContext<BookingRequest>): Promise<{ confirmation: string }> {
    await sleep(LATENCY_MS, undefined, { signal: ctx.signal });
    return { confirmation: held.hold.replace('hold', 'confirmed') };
  }

  @Flow({ dependsOn: ['confirm'] })
  async main({ confirmation }: { confirmation: string }, ctx: TaskContext<BookingRequest>): Promise<string> {
    return `${confirmation} for ${ctx.input.guest}`;
  }
}

/** The application's own database: its tables, and Typeflow's beside them. */
export async function openDatabase(url: string): Promise<DataSource> {
  const dataSource = new DataSource({ type: 'postgres', url, entities: [Booking, ...typeflowEntities()] });
  await dataSource.initialize();
  await dataSource.query(
    'CREATE TABLE IF NOT EXISTS booking (room text PRIMARY KEY, guest text NOT NULL, run_id uuid NOT NULL)',
  );
  return dataSource;
}
