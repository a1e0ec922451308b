import { AsyncLocalStorage } from 'node:async_hooks';
import type { EntityManager } from 'typeorm';
import { NestedConnectionError } from '../../../core/errors/store-errors';

/** A transaction that is open. */
export interface Holding {
  /** Calls `body` as code that holds the connection. */
  run<T>(body: () => T): T;
  /** The connection was given back. */
  end(): void;
}

/**
 * Knows whether the calling code holds the only connection. Whoever does, and asks for another one, would wait for itself:
 * it is told so instead.
 */
export class Holder {
  readonly #transactions = new AsyncLocalStorage<{ isOver: boolean }>();

  /** @throws NestedConnectionError inside a transaction that `watch` has seen begin and not seen end */
  assertFree(): void {
    const transaction = this.#transactions.getStore();
    if (transaction !== undefined && !transaction.isOver) throw new NestedConnectionError();
  }

  /** Begins to hold the connection. */
  hold(): Holding {
    const transaction = { isOver: false };
    return {
      run: (body) => this.#transactions.run(transaction, body),
      end: () => void (transaction.isOver = true),
    };
  }

  /** Marks what runs inside `manager.transaction()` as holding the connection. */
  watch(manager: EntityManager): void {
    const begin = manager.transaction.bind(manager) as (...args: unknown[]) => Promise<unknown>;
    const transactions = this.#transactions;
    // TypeORM takes the body as the first argument or, after an isolation level, as the second.
    const watched = (...args: unknown[]): Promise<unknown> => {
      const transaction = { isOver: false };
      const inside = args.map((arg) =>
        typeof arg === 'function' ? (inner: EntityManager) => transactions.run(transaction, () => arg(inner)) : arg,
      );
      return begin(...inside).finally(() => {
        transaction.isOver = true;
      });
    };
    manager.transaction = watched as EntityManager['transaction'];
  }
}
