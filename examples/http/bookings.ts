import { RunCancelledError, RunFailedError, WaitAbortedError } from 'typeflow';
import type { WorkflowRunner } from 'typeflow';
import type { DataSource } from 'typeorm';
import { Booking, BookingWorkflow } from './booking';
import type { BookingRequest } from './booking';

/** What a request is answered with, whichever framework sends it. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** What the application does with bookings. It knows no HTTP framework. */
export class Bookings {
  readonly #runner: WorkflowRunner;
  readonly #dataSource: DataSource;

  constructor(runner: WorkflowRunner, dataSource: DataSource) {
    this.#runner = runner;
    this.#dataSource = dataSource;
  }

  /** The row and its run are there together, or not at all. */
  async book(request: unknown): Promise<Answer> {
    if (!isRequest(request)) return { status: 400, body: { error: 'expected { room, guest }, both texts' } };
    return this.#dataSource.transaction(async (manager) => {
      if (await manager.existsBy(Booking, { room: request.room })) {
        return { status: 409, body: { error: `room ${request.room} is booked` } };
      }
      const { id } = await this.#runner.start(BookingWorkflow, 'main', request, { manager });
      await manager.insert(Booking, { ...request, runId: id });
      return { status: 202, body: { run: id, href: `/bookings/${request.room}` } };
    });
  }

  /** How a booking stands; waits up to a second for its end. Whoever hangs up only ends the waiting. */
  async show(room: string, signal: AbortSignal): Promise<Answer> {
    const booking = await this.#find(room);
    if (booking === null) return unknownRoom(room);
    try {
      const confirmation = await this.#runner.result(booking.runId, { timeout: '1s', signal });
      return { status: 200, body: { status: 'COMPLETED', confirmation } };
    } catch (error) {
      if (error instanceof WaitAbortedError)
        return { status: 200, body: { status: (await this.#find(room))?.run.status } };
      if (error instanceof RunCancelledError) return { status: 200, body: { status: 'CANCELLED' } };
      if (error instanceof RunFailedError) return { status: 200, body: { status: 'FAILED', task: error.task } };
      throw error;
    }
  }

  async cancel(room: string): Promise<Answer> {
    const booking = await this.#find(room);
    if (booking === null) return unknownRoom(room);
    const isAccepted = await this.#runner.cancel(booking.runId, 'the guest asked');
    return isAccepted ? { status: 202, body: { room } } : { status: 409, body: { error: 'it is over already' } };
  }

  #find(room: string): Promise<Booking | null> {
    return this.#dataSource.getRepository(Booking).findOne({ where: { room }, relations: { run: true } });
  }
}

function isRequest(request: unknown): request is BookingRequest {
  const { room, guest } = (request ?? {}) as Partial<Record<'room' | 'guest', unknown>>;
  return typeof room === 'string' && room !== '' && typeof guest === 'string';
}

function unknownRoom(room: string): Answer {
  return { status: 404, body: { error: `room ${room} is not booked` } };
}
