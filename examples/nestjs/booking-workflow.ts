import { Compensate, Flow, Task, Workflow } from 'typeflow';
import type { TaskContext } from 'typeflow';
import { Hotel } from './hotel';

export interface BookingRequest {
  readonly room: string;
  readonly guest: string;
}

/** Made by Nest for each attempt, of the providers of the module that declares it. */
@Workflow({ name: 'booking' })
export class BookingWorkflow {
  constructor(private readonly hotel: Hotel) {}

  @Task({ retries: { max: 3, initialDelay: '1s' } })
  hold({ room }: BookingRequest, ctx: TaskContext<BookingRequest>): Promise<string> {
    return this.hotel.hold(room, ctx.idempotencyKey);
  }

  @Compensate('hold')
  release(hold: string): Promise<void> {
    return this.hotel.release(hold);
  }

  /** Heeds `ctx.signal`: a process that is told to stop does not wait for it, and the next one calls it again. */
  @Task({ dependsOn: ['hold'] })
  confirm(hold: string, ctx: TaskContext<BookingRequest>): Promise<string> {
    return this.hotel.confirm(hold, ctx.signal);
  }

  @Flow({ dependsOn: ['confirm'] })
  async main(confirmation: string, ctx: TaskContext<BookingRequest>): Promise<string> {
    return `${confirmation} for ${ctx.input.guest}`;
  }
}
