import { isThenable } from '../core/thenable';
import type { TaskTransaction, Transactions } from '../store/transactions';
import { aroundCalls } from './around-calls';

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
    const around = {
      call: (make: () => unknown) => this.#count(make()),
      partOf: (value: object, key: string | symbol) => this.#partOf(key, value),
    };
    return aroundCalls(part, around, instead);
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
