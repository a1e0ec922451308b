import type { RecordCallParams } from './dispatch';
import type { NodeWrite } from './record';

/**
 * What the engine asks of a database for tasks that work in a transaction: part of the `Store` port, where the database has any. The task
 * does its work on `manager`; the last statement before the commit writes that it is COMPLETED. So there is either both or nothing.
 */
export interface Transactions {
  /** How many may be open at a time in this process: fewer than there are connections, so that the engine's statements find one. */
  readonly limit: number;
  /**
   * Takes a connection and begins a transaction at READ COMMITTED.
   *
   * @throws StoreError
   */
  begin(params: BeginParams): Promise<TaskTransaction>;
}

export interface BeginParams {
  /** How long the task may take, ms; `undefined` without a bound. The server ends what outlives it. */
  readonly timeoutMs: number | undefined;
}

/** One open transaction. It ends by `complete`, `rollback` or `destroy`, and gives its connection back then. */
export interface TaskTransaction {
  /** TypeORM's `EntityManager`. */
  readonly manager: unknown;
  /** Calls the user's code as the holder of the connection: where there is only one, it is told when it asks for another. */
  run<T>(body: () => T): T;
  /**
   * Whether the transaction, which failed with this error, was ended for the sake of others (40001, 40P01) or by the loss of its
   * connection: the same work may pass the next time.
   */
  isTransient(error: unknown): boolean;
  /**
   * Writes the completion and commits; whatever the answer, it is the final one: a commit whose own answer was lost is looked up.
   *
   * @throws TransactionUnusableError, StoreError when nothing can be committed; it is rolled back then
   */
  complete(completion: Completion): Promise<CompletionAnswer>;
  /** Never fails: a connection that does not answer is destroyed, which ends the transaction too. */
  rollback(): Promise<void>;
  /** Closes the connection at once: nothing on it can be committed any more. */
  destroy(): void;
}

/** What is written with the task's own work. */
export type Completion = {
  /** Whether it may be committed though a cancel was accepted. */
  readonly acknowledgesCancel: boolean;
} & (
  | {
      /** By the owner of the run: the node's record. */
      readonly kind: 'node';
      readonly runId: string;
      readonly epoch: number;
      readonly generation: number;
      readonly node: NodeWrite;
    }
  | {
      /** By the worker of a task queue: the result on the call's row. */
      readonly kind: 'call';
      readonly call: RecordCallParams;
    }
);

export type CompletionAnswer =
  | { readonly kind: 'committed' }
  /** Rolled back: the run belongs to another claim, is over, or has this record already. */
  | { readonly kind: 'lost' }
  /** Rolled back: a cancel was accepted before the commit. */
  | { readonly kind: 'cancelled'; readonly reason?: string | undefined }
  /** Rolled back, for a reason that passes. */
  | { readonly kind: 'again'; readonly error: unknown }
  /** The commit was sent, and how it ended could not be found out. */
  | { readonly kind: 'unknown'; readonly error: unknown };
