import { randomUUID } from 'node:crypto';
import type { QueryRunner } from 'typeorm';
import type { Clock, Timer } from '../../core/clock';
import { TransactionUnusableError } from '../../core/errors/task-errors';
import type { HintSender } from '../store-hint';
import type { Completion, CompletionAnswer, TaskTransaction } from '../transactions';
import type { Connection } from './connections/connection';
import { allowLong } from './connections/connection-guard';
import { destroyClient } from './connections/destroy-client';
import type { PoolClient } from './connections/destroy-client';
import { classifyDatabaseError, codeOf, toStoreError } from './database-errors';
import { recordColumns } from './dispatch-rows';
import { markSql } from './sql/complete';
import type { TransactionStatements } from './sql/complete';
import { nodeValues } from './write-records';

export interface OpenTransactionParams {
  readonly connection: Connection;
  readonly sql: TransactionStatements;
  readonly clock: Clock;
  readonly tell: HintSender;
  /** The connection has been given back. */
  readonly onEnd: () => void;
  /** For a commit whose answer was lost; only called when the connection is gone. */
  readonly isCommitted: (completion: Completion) => Promise<boolean>;
}

/** What `completeNode` and `completeCall` answer. */
interface CompletedRow {
  /** The transaction is still the one that was begun. */
  readonly whole: boolean;
  readonly written: boolean;
  readonly cancelled: boolean | null;
  readonly cancel_reason: string | null;
  readonly owner: string | null;
  readonly queue: string | null;
}

/** The last statement, the commit and a rollback take milliseconds; an end that is not answered in this time is not waited for, ms. */
const END_WITHIN_MS = 10_000;

/** Between the last statement and the commit the server waits this long for a process that is frozen, ms. */
const HURRY_MS = 2_000;

const IN_FAILED_TRANSACTION = '25P02';

/** 40001: could not serialise; 40P01: a deadlock, in which this transaction was chosen; 08…, 57P…: the server ends the session. */
const TRANSIENT = /^(40001|40P01|08...|57P0[1-3])$/;

/** How deep an error may be wrapped in others. */
const MAX_CAUSES = 10;

/** A transaction of a task, on a connection that nobody else uses until it has ended. */
export class OpenTransaction implements TaskTransaction {
  readonly #params: OpenTransactionParams;
  readonly #runner: QueryRunner;
  readonly #client: PoolClient;
  readonly #id = randomUUID();
  readonly #disallowLong: () => void;
  #holding: { run<T>(body: () => T): T; end(): void } | undefined;
  #isOver = false;

  private constructor(params: OpenTransactionParams, runner: QueryRunner, client: PoolClient) {
    this.#params = params;
    this.#runner = runner;
    this.#client = client;
    this.#disallowLong = allowLong(client);
  }

  /** Takes a connection out of the pool. */
  static async take(params: OpenTransactionParams): Promise<OpenTransaction> {
    const runner = params.connection.dataSource.createQueryRunner('master');
    return new OpenTransaction(params, runner, (await runner.connect()) as PoolClient);
  }

  get manager(): QueryRunner['manager'] {
    return this.#runner.manager;
  }

  /** Begins. @param guardMs how long the server waits for the task; `undefined` where it has no guards */
  async start(guardMs: number | undefined): Promise<void> {
    await this.#runner.startTransaction();
    await this.manager.query(markSql(this.#id, guardMs));
    this.#holding = this.#params.connection.hold?.();
  }

  run<T>(body: () => T): T {
    return this.#holding === undefined ? body() : this.#holding.run(body);
  }

  isTransient(error: unknown): boolean {
    // TypeORM lets go of a connection that broke.
    if (!this.#isOver && this.#runner.isReleased) return true;
    let at = error;
    for (let depth = 0; depth < MAX_CAUSES && typeof at === 'object' && at !== null; depth++) {
      if (TRANSIENT.test(codeOf(at) ?? '')) return true;
      at = (at as { readonly cause?: unknown }).cause;
    }
    return false;
  }

  async complete(completion: Completion): Promise<CompletionAnswer> {
    let row: CompletedRow;
    try {
      row = await this.#within(this.#write(completion));
    } catch (error) {
      return this.#notCompleted(error);
    }
    if (!row.whole) {
      await this.rollback();
      throw new TransactionUnusableError('ended');
    }
    if (!row.written) {
      await this.rollback();
      return row.cancelled === true ? { kind: 'cancelled', reason: row.cancel_reason ?? undefined } : { kind: 'lost' };
    }
    return this.#commit(completion, row);
  }

  async #write(completion: Completion): Promise<CompletedRow> {
    const { sql, connection } = this.#params;
    const hurry = connection.kind === 'pglite' ? null : String(HURRY_MS);
    const { acknowledgesCancel } = completion;
    // Subscribers may still have something to write: what follows is the last statement.
    await this.#runner.broadcaster.broadcast('BeforeTransactionCommit');
    const rows =
      completion.kind === 'node'
        ? await this.manager.query(sql.completeNode, [
            completion.runId,
            completion.epoch,
            acknowledgesCancel,
            ...nodeValues(completion.node, completion.generation),
            this.#id,
            hurry,
          ])
        : await this.manager.query(sql.completeCall, [
            ...recordColumns([completion.call]),
            this.#id,
            acknowledgesCancel,
            hurry,
          ]);
    return (rows as readonly CompletedRow[])[0] as CompletedRow;
  }

  /** The last statement failed, so there was no commit and there will be none. */
  async #notCompleted(error: unknown): Promise<CompletionAnswer> {
    const failure = classifyDatabaseError(error);
    if (failure === 'connection') this.destroy();
    else await this.rollback();
    if (codeOf(error) === IN_FAILED_TRANSACTION) throw new TransactionUnusableError('failed', { cause: error });
    if (failure !== 'permanent') return { kind: 'again', error };
    throw toStoreError('recording the completion of a task', error);
  }

  async #commit(completion: Completion, { owner, queue }: CompletedRow): Promise<CompletionAnswer> {
    try {
      const { command } = await this.#within(this.#send('COMMIT'));
      // An aborted transaction answers a commit with ROLLBACK, and no error.
      if (command !== 'COMMIT') throw new TransactionUnusableError('failed');
    } catch (error) {
      return this.#notCommitted(completion, error);
    }
    await this.#runner.broadcaster.broadcast('AfterTransactionCommit').catch(() => undefined);
    this.#giveBack();
    if (owner !== null) this.#params.tell.attention(owner);
    else if (queue !== null) this.#params.tell.work(queue);
    return { kind: 'committed' };
  }

  /** An answer that is an error has rolled back. Without an answer it is looked up, once the connection is gone. */
  async #notCommitted(completion: Completion, error: unknown): Promise<CompletionAnswer> {
    this.destroy();
    if (error instanceof TransactionUnusableError) throw error;
    const failure = classifyDatabaseError(error);
    if (failure === 'conflict') return { kind: 'again', error };
    if (failure === 'permanent') throw toStoreError('committing the work of a task', error);
    try {
      return (await this.#params.isCommitted(completion)) ? { kind: 'committed' } : { kind: 'again', error };
    } catch (lookUpError) {
      return { kind: 'unknown', error: toStoreError('looking up whether a task was committed', lookUpError) };
    }
  }

  async rollback(): Promise<void> {
    if (this.#isOver) return;
    try {
      await this.#within(this.#send('ROLLBACK'));
      this.#giveBack();
    } catch {
      this.destroy();
    }
  }

  destroy(): void {
    if (this.#isOver) return;
    destroyClient(this.#client);
    this.#giveBack();
  }

  /** It has not begun: the connection is not to be trusted, but its place is not given back. */
  discard(): void {
    this.#isOver = true;
    this.#disallowLong();
    destroyClient(this.#client);
    void this.#runner.release();
  }

  /** A connection that is destroyed is not put back into the pool, but another made in its place. */
  #giveBack(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#holding?.end();
    this.#disallowLong();
    void this.#runner.release();
    this.#params.onEnd();
  }

  /** Beside TypeORM, which does not tell how the server answered. */
  #send(text: string): Promise<{ readonly command: string }> {
    this.#params.connection.dataSource.logger.logQuery(text, [], this.#runner);
    return this.#client.query(text);
  }

  async #within<T>(answer: Promise<T>): Promise<T> {
    const { clock } = this.#params;
    let timer: Timer | undefined;
    const silence = new Promise<never>((_resolve, reject) => {
      timer = clock.setTimer(END_WITHIN_MS, () => reject(new Error(`timeout: no answer within ${END_WITHIN_MS} ms`)));
    });
    return Promise.race([answer, silence]).finally(() => timer?.cancel());
  }
}
