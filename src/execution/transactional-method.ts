import type { EntityManager } from 'typeorm';
import type { Clock } from '../core/clock';
import type { CompletedResult } from './attempt-request';

/** The transactions that one attempt of a transactional task works in, one after the other. */
export interface AttemptTransactions {
  /** @throws StoreError */
  begin(timeoutMs: number | undefined): Promise<AttemptTransaction>;
  /** None is open and none will be begun any more. Called once. */
  over(): void;
}

export interface AttemptTransaction {
  readonly manager: EntityManager;
  /** Calls the method as the holder of the connection. */
  run<T>(body: () => T): T;
  /** Whether it was ended for the sake of others or by the loss of its connection. To be asked before it is rolled back. */
  isTransient(error: unknown): boolean;
  /** Commits the work together with the completion. @throws what the database has against it; it is rolled back then */
  commit(result: CompletedResult): Promise<CommitAnswer>;
  /** Never fails. */
  rollback(): Promise<void>;
  /** Nothing on it can be committed any more. */
  destroy(): void;
}

export type CommitAnswer =
  | { readonly kind: 'committed' }
  /** Rolled back, for a reason that passes. */
  | { readonly kind: 'again'; readonly error: unknown }
  /** Rolled back: the run is not this worker's any more, or was cancelled. */
  | { readonly kind: 'refused'; readonly cause: 'cancel' | 'lease-lost' };

/** What one call may work with. */
export interface HeldManager {
  /** As long as its transaction is open. */
  readonly manager: EntityManager | undefined;
}

/** How often a method is called again in one attempt because the database had to choose between transactions, or went away. */
const MAX_REPEATS = 5;

const FIRST_PAUSE_MS = 10;

/**
 * A method whose calls work in transactions. Modes: calling → committing → over; from committing back to calling, when the database had to
 * choose and chose others. `close` ends it in any mode, but while an answer of the database is awaited (beginning, committing) only when that is there.
 */
export class TransactionalMethod {
  readonly #transactions: AttemptTransactions;
  readonly #clock: Clock;
  readonly #random: () => number;
  #open: AttemptTransaction | undefined;
  /** The one whose call has returned a value. */
  #returned: AttemptTransaction | undefined;
  #isCommitting = false;
  /** A connection is being taken: it ends when it is there. */
  #isBusy = false;
  #isClosed = false;
  #isOver = false;
  #repeats = 0;

  constructor(transactions: AttemptTransactions, clock: Clock, random: () => number) {
    this.#transactions = transactions;
    this.#clock = clock;
    this.#random = random;
  }

  /** The commit is on its way: whether the task is COMPLETED is the database's to say. */
  get isCommitting(): boolean {
    return this.#isCommitting;
  }

  /** One call in a transaction of its own, and again after conflicts and lost connections. What an earlier call did (a policy's) is rolled back. */
  async call(invoke: (held: HeldManager) => unknown, timeoutMs: number | undefined): Promise<unknown> {
    await this.abandon();
    for (;;) {
      const transaction = await this.#begin(timeoutMs);
      try {
        const value = await transaction.run(() => invoke(this.#managerOf(transaction)));
        this.#returned = transaction;
        return value;
      } catch (error) {
        const isTransient = transaction.isTransient(error);
        await this.#rollBack(transaction);
        if (!isTransient || !(await this.mayRepeat())) throw error;
      }
    }
  }

  /** A call that a policy has given up must not work in the transaction of the next one. */
  #managerOf(transaction: AttemptTransaction): HeldManager {
    const open = (): boolean => this.#open === transaction && !this.#isCommitting;
    return {
      get manager() {
        return open() ? transaction.manager : undefined;
      },
    };
  }

  async #begin(timeoutMs: number | undefined): Promise<AttemptTransaction> {
    if (!this.#isClosed) {
      this.#isBusy = true;
      try {
        this.#open = await this.#transactions.begin(timeoutMs);
      } finally {
        this.#isBusy = false;
        if (this.#isClosed) this.#finish();
      }
    }
    if (this.#open === undefined) throw new Error('the attempt is over');
    return this.#open;
  }

  /** Commits what the last call did. There is nothing to commit where that has not returned: a policy gave a value in its place. */
  async commit(result: CompletedResult): Promise<CommitAnswer | { readonly kind: 'nothing' }> {
    const transaction = this.#open;
    if (transaction === undefined) return { kind: 'nothing' };
    if (transaction !== this.#returned) {
      await this.#rollBack(transaction);
      return { kind: 'nothing' };
    }
    this.#isCommitting = true;
    try {
      return await transaction.commit(result);
    } catch (error) {
      transaction.destroy();
      throw error;
    } finally {
      this.#isCommitting = false;
      this.#open = undefined;
      if (this.#isClosed) this.#finish();
    }
  }

  /** The method's value does not count. */
  async abandon(): Promise<void> {
    if (this.#open !== undefined) await this.#rollBack(this.#open);
  }

  /** The attempt was asked to stop: a method that runs may end, but is not called again. */
  stopRepeating(): void {
    this.#repeats = MAX_REPEATS;
  }

  /** Counts one call more, and waits a moment: the other transaction shall have gone on. `false` when it was the last. */
  async mayRepeat(): Promise<boolean> {
    if (this.#isClosed || this.#repeats >= MAX_REPEATS) return false;
    const pauseMs = FIRST_PAUSE_MS * 2 ** this.#repeats++ * (0.5 + this.#random());
    await new Promise<void>((resolve) => void this.#clock.setTimer(pauseMs, resolve));
    return !this.#isClosed;
  }

  /** No call counts any more: an open transaction is ended from this side, so that a late method can commit nothing. */
  close(): void {
    this.#isClosed = true;
    if (!this.#isCommitting && !this.#isBusy) this.#finish();
  }

  #finish(): void {
    this.#open?.destroy();
    this.#open = undefined;
    if (this.#isOver) return;
    this.#isOver = true;
    this.#transactions.over();
  }

  async #rollBack(transaction: AttemptTransaction): Promise<void> {
    if (this.#open === transaction) this.#open = undefined;
    await transaction.rollback();
  }
}
