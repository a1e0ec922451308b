import { isThenable } from '../core/thenable';
import type { TaskTransaction, Transactions } from '../store/transactions';

/** Counts what a store was asked and has not answered: until then nobody knows what happens at an instant. */
export class Traffic {
  #open = 0;
  #onQuiet: (() => void)[] = [];

  /** Settles when all that was asked is answered; `undefined` when it is. */
  quiet(): Promise<void> | undefined {
    return this.#open === 0 ? undefined : new Promise((resolve) => this.#onQuiet.push(resolve));
  }

  /** A store, or a part of it, whose calls are counted. @param instead what is not the part's own */
  counted<Part extends object>(part: Part, instead: Partial<Part> = {}): Part {
    const parts = new Map<unknown, object>();
    return new Proxy(part, {
      get: (_target, key) => {
        const own = instead[key as keyof Part];
        if (own !== undefined) return own;
        const value: unknown = Reflect.get(part, key, part);
        if (typeof value === 'function') return (...args: unknown[]) => this.#count(Reflect.apply(value, part, args));
        if (typeof value !== 'object' || value === null) return value;
        const known = parts.get(value) ?? this.#partOf(key, value);
        parts.set(value, known);
        return known;
      },
    });
  }

  #partOf(key: string | symbol, value: object): object {
    if (key !== 'transactions') return this.counted(value);
    const transactions = value as Transactions;
    return this.counted(transactions, {
      begin: async (params) => this.#transaction(await this.#count(transactions.begin(params))),
    });
  }

  /** Its manager is the user's, and works for a method that is being called: that is another matter. */
  #transaction(transaction: TaskTransaction): TaskTransaction {
    return {
      manager: transaction.manager,
      run: (body) => transaction.run(body),
      isTransient: (error) => transaction.isTransient(error),
      complete: (completion) => this.#count(transaction.complete(completion)),
      rollback: () => this.#count(transaction.rollback()),
      destroy: () => transaction.destroy(),
    };
  }

  #count<Answer>(answer: Answer): Answer {
    if (!isThenable(answer)) return answer;
    this.#open += 1;
    const answered = (): void => this.#answered();
    answer.then(answered, answered);
    return answer;
  }

  #answered(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    const told = this.#onQuiet;
    this.#onQuiet = [];
    for (const tell of told) tell();
  }
}
