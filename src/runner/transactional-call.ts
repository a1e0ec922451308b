import type { EntityManager } from 'typeorm';
import { AttemptAbortedError } from '../core/errors/task-errors';
import type { CompletedResult } from '../execution/attempt-request';
import type { AttemptTransaction, AttemptTransactions, CommitAnswer } from '../execution/transactional-method';
import type { Completion, CompletionAnswer, TaskTransaction, Transactions } from '../store/transactions';

export interface TransactionalCallParams {
  readonly transactions: Transactions;
  readonly task: string;
  /** A connection may have been waited for: the lease that was looked at before may have ended by now. */
  readonly isLeaseValid: () => boolean;
  /** What is written, with the task's work, when it returned this. */
  readonly completionOf: (result: CompletedResult) => Completion;
  /** The commit was refused: the work is rolled back. */
  readonly onRefused: (answer: Refusal) => void;
  /** The connection of the call is free. */
  readonly release: () => void;
}

export type Refusal = Extract<CompletionAnswer, { readonly kind: 'lost' | 'cancelled' | 'unknown' }>;

/** The transactions of one call, as the attempt needs them: it knows the method and its value, and nothing of runs and claims. */
export class TransactionalCall implements AttemptTransactions {
  readonly #params: TransactionalCallParams;

  constructor(params: TransactionalCallParams) {
    this.#params = params;
  }

  async begin(timeoutMs: number | undefined): Promise<AttemptTransaction> {
    const { transactions, task, isLeaseValid, onRefused } = this.#params;
    const transaction = await transactions.begin({ timeoutMs });
    if (!isLeaseValid()) {
      transaction.destroy();
      onRefused({ kind: 'lost' });
      throw new AttemptAbortedError(task, 'lease-lost');
    }
    return {
      manager: transaction.manager as EntityManager,
      run: (body) => transaction.run(body),
      isTransient: (error) => transaction.isTransient(error),
      commit: (result) => this.#commit(transaction, result),
      rollback: () => transaction.rollback(),
      destroy: () => transaction.destroy(),
    };
  }

  over(): void {
    this.#params.release();
  }

  async #commit(transaction: TaskTransaction, result: CompletedResult): Promise<CommitAnswer> {
    const answer = await transaction.complete(this.#params.completionOf(result));
    if (answer.kind === 'committed' || answer.kind === 'again') return answer;
    // Told before the attempt ends, so that its end counts as that of a call that was asked to stop.
    this.#params.onRefused(answer);
    return { kind: 'refused', cause: answer.kind === 'cancelled' ? 'cancel' : 'lease-lost' };
  }
}
