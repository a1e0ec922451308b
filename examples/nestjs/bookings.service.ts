import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { RunCancelledError, RunFailedError, WaitAbortedError, WorkflowRunner } from 'typeflow';
import { Booking } from './booking';
import { BookingWorkflow } from './booking-workflow';
import type { BookingRequest } from './booking-workflow';

/** How a booking stands. */
export interface BookingStatus {
  readonly status: string;
  readonly confirmation?: string;
  readonly task?: string | undefined;
}

@Injectable()
export class BookingsService implements OnModuleInit {
  constructor(
    private readonly runner: WorkflowRunner,
    @InjectDataSource() private readonly dataSource: DataSource,
  ) {}

  /** A migration of the application's own would do this. */
  async onModuleInit(): Promise<void> {
    await this.dataSource.query(
      'CREATE TABLE IF NOT EXISTS booking (room text PRIMARY KEY, guest text NOT NULL, run_id uuid NOT NULL)',
    );
  }

  /** The row and its run are there together, or not at all. */
  async book(request: BookingRequest): Promise<string> {
    return this.dataSource.transaction(async (manager) => {
      if (await manager.existsBy(Booking, { room: request.room })) {
        throw new ConflictException(`room ${request.room} is booked`);
      }
      const { id } = await this.runner.start(BookingWorkflow, 'main', request, { manager });
      await manager.insert(Booking, { ...request, runId: id });
      return id;
    });
  }

  /** Waits up to a second for the end of the run. */
  async show(room: string): Promise<BookingStatus> {
    const { runId } = await this.#find(room);
    try {
      const confirmation = (await this.runner.result(runId, { timeout: '1s' })) as string;
      return { status: 'COMPLETED', confirmation };
    } catch (error) {
      if (error instanceof WaitAbortedError) return { status: (await this.#find(room)).run.status };
      if (error instanceof RunCancelledError) return { status: 'CANCELLED' };
      if (error instanceof RunFailedError) return { status: 'FAILED', task: error.task };
      throw error;
    }
  }

  async cancel(room: string): Promise<void> {
    const { runId } = await this.#find(room);
    if (!(await this.runner.cancel(runId, 'the guest asked'))) throw new ConflictException('it is over already');
  }

  async #find(room: string): Promise<Booking> {
    const booking = await this.dataSource.getRepository(Booking).findOne({ where: { room }, relations: { run: true } });
    if (booking === null) throw new NotFoundException(`room ${room} is not booked`);
    return booking;
  }
}
