import type { FleetSlots, SlotNeed } from './fleet-slots';
import type { SlotPool } from './slot-pool';
import type { TaskSlots } from './task-slots';

/** What one call has of the fleet's limits: in which pools it holds a slot, the last perhaps excepted, in which it waits. */
export class Ticket {
  readonly needs: readonly SlotNeed[];
  readonly pools: (SlotPool | TaskSlots)[] = [];
  /** Of a transactional task: it needs a connection, too. */
  readonly isTransactional: boolean;
  /** Goes on with the next need, or with the worker's own place. */
  next: () => void = () => undefined;

  /** @param needs in the order in which every call of every worker takes them */
  constructor(needs: readonly SlotNeed[], isTransactional = false) {
    this.needs = needs;
    this.isTransactional = isTransactional;
  }
}

/**
 * Lets calls in: first a slot of each limit of the fleet that it is under, in a fixed order, then, if it is to have a transaction, a
 * connection for it, then a place in this worker. So a call that waits for the fleet or for a connection occupies no place here, and two
 * calls never wait for each other. A call that needs neither has no ticket.
 */
export class Admission {
  readonly #tasks: TaskSlots;
  readonly #fleet: FleetSlots;
  /** Connections for transactions of tasks: the engine's own statements must never wait for all of them. */
  readonly #transactions: TaskSlots;

  constructor(tasks: TaskSlots, fleet: FleetSlots, transactions: TaskSlots) {
    this.#tasks = tasks;
    this.#fleet = fleet;
    this.#transactions = transactions;
  }

  /** Calls `start` when the call may run: at once if nothing is in its way. Whoever is started owes one `release`. */
  acquire(start: () => void, ticket: Ticket | undefined): void {
    if (ticket === undefined) {
      this.#tasks.acquire(start);
      return;
    }
    ticket.next = () => {
      const pool = this.#nextPool(ticket);
      if (pool === undefined) {
        this.#tasks.acquire(start);
        return;
      }
      ticket.pools.push(pool);
      pool.acquire(ticket.next);
    };
    ticket.next();
  }

  #nextPool({ needs, pools, isTransactional }: Ticket): SlotPool | TaskSlots | undefined {
    const need = needs[pools.length];
    if (need !== undefined) return this.#fleet.poolOf(need);
    return isTransactional && pools.length === needs.length ? this.#transactions : undefined;
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

  /** The connection of a call that was let in is free, while the method itself may go on. */
  releaseTransaction(ticket: Ticket | undefined): void {
    if (ticket?.pools.at(-1) === this.#transactions) ticket.pools.pop()?.release();
  }

  #free(ticket: Ticket): void {
    for (const pool of ticket.pools.splice(0)) pool.release();
  }
}
