import type { FleetSlots, SlotNeed } from './fleet-slots';
import type { SlotPool } from './slot-pool';
import type { TaskSlots } from './task-slots';

/** What one call has of the fleet's limits: in which pools it holds a slot, the last perhaps excepted, in which it waits. */
export class Ticket {
  readonly needs: readonly SlotNeed[];
  readonly pools: SlotPool[] = [];
  /** Goes on with the next need, or with the worker's own place. */
  next: () => void = () => undefined;

  /** @param needs in the order in which every call of every worker takes them */
  constructor(needs: readonly SlotNeed[]) {
    this.needs = needs;
  }
}

/**
 * Lets calls in: first a slot of each limit of the fleet that it is under, in a fixed order, then a place in this worker. So a call that
 * waits for the fleet occupies no place here, and two calls never wait for each other. A call under no limit has no ticket.
 */
export class Admission {
  readonly #tasks: TaskSlots;
  readonly #fleet: FleetSlots;

  constructor(tasks: TaskSlots, fleet: FleetSlots) {
    this.#tasks = tasks;
    this.#fleet = fleet;
  }

  /** Calls `start` when the call may run: at once if nothing is in its way. Whoever is started owes one `release`. */
  acquire(start: () => void, ticket: Ticket | undefined): void {
    if (ticket === undefined) {
      this.#tasks.acquire(start);
      return;
    }
    ticket.next = () => {
      const need = ticket.needs[ticket.pools.length];
      if (need === undefined) {
        this.#tasks.acquire(start);
        return;
      }
      const pool = this.#fleet.poolOf(need);
      ticket.pools.push(pool);
      pool.acquire(ticket.next);
    };
    ticket.next();
  }

  /** Takes back a start that has not been called, and what it has collected on the way. */
  withdraw(start: () => void, ticket: Ticket | undefined): void {
    if (ticket === undefined) {
      this.#tasks.withdraw(start);
      return;
    }
    if (ticket.pools.at(-1)?.withdraw(ticket.next) === true) ticket.pools.pop();
    else this.#tasks.withdraw(start);
    this.#free(ticket);
  }

  release(ticket: Ticket | undefined): void {
    this.#tasks.release();
    if (ticket !== undefined) this.#free(ticket);
  }

  #free(ticket: Ticket): void {
    for (const pool of ticket.pools.splice(0)) pool.release();
  }
}
