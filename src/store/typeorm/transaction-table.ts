import type { DataSource } from 'typeorm';
import type { Clock } from '../../core/clock';
import type { HintSender } from '../store-hint';
import type { BeginParams, Completion, TaskTransaction, Transactions } from '../transactions';
import type { Connection } from './connections/connection';
import { toStoreError } from './database-errors';
import { ExclusiveUse } from './exclusive-use';
import { OpenTransaction } from './open-transaction';
import type { Query } from './query';
import type { Resender } from './resender';
import { buildTransactionStatements } from './sql/complete';
import type { TransactionStatements } from './sql/complete';

export interface TransactionTableParams {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly schema: string;
  readonly query: Query;
  readonly resender: Resender;
  readonly tell: HintSender;
}

/** Beyond a task's timeout, ms: this process ends what is late, and the server only what this process could not. */
const SERVER_PATIENCE_MS = 5_000;

/** The longest that PostgreSQL counts, ms. */
const LONGEST_MS = 2 ** 31 - 1;

/** How many connections are kept for the engine's own statements. */
const KEPT_FOR_ENGINE = 4;

/** Transactions of tasks, each on a connection of the pool that the engine's statements use, too. */
export class TransactionTable implements Transactions {
  readonly limit: number;
  /** Where there is but one connection: statements of the engine wait for a task's transaction in front of the pool, not within. */
  readonly exclusive: ExclusiveUse | undefined;
  readonly #params: TransactionTableParams;
  readonly #sql: TransactionStatements;

  constructor(params: TransactionTableParams) {
    const { kind, dataSource } = params.connection;
    this.#params = params;
    this.#sql = buildTransactionStatements(params.schema);
    this.limit = kind === 'pglite' ? 1 : limitOf(poolSizeOf(dataSource));
    this.exclusive = kind === 'pglite' ? new ExclusiveUse() : undefined;
  }

  async begin({ timeoutMs }: BeginParams): Promise<TaskTransaction> {
    const end = await this.exclusive?.take();
    try {
      // Nothing has happened yet: a lost connection is replaced.
      return await this.#params.resender.repeat(() => this.#open(timeoutMs, end));
    } catch (error) {
      end?.();
      throw toStoreError('beginning the transaction of a task', error);
    }
  }

  async #open(timeoutMs: number | undefined, onEnd: (() => void) | undefined): Promise<TaskTransaction> {
    const { connection, clock, tell } = this.#params;
    const transaction = await OpenTransaction.take({
      connection,
      sql: this.#sql,
      clock,
      tell,
      onEnd: onEnd ?? (() => undefined),
      isCommitted: (completion) => this.#isCommitted(completion),
    });
    try {
      // An embedded server is this process, and has no guards.
      await transaction.start(connection.kind === 'pglite' ? undefined : guardOf(timeoutMs));
      return transaction;
    } catch (error) {
      transaction.discard();
      throw error;
    }
  }

  /** For a commit whose answer was lost. The first statement waits until the old transaction is over. */
  async #isCommitted(completion: Completion): Promise<boolean> {
    const { resender, query } = this.#params;
    const sql = this.#sql;
    const send = async <Row>(text: string, values: readonly unknown[]): Promise<readonly Row[]> =>
      resender.repeat(() => query<Row>(text, values));
    const { runId } = completion.kind === 'node' ? completion : completion.call;
    await send(sql.settle, [runId]);
    const [row] = await send<{ committed: boolean }>(
      completion.kind === 'node' ? sql.findNode : sql.findCall,
      addressOf(completion),
    );
    return row?.committed === true;
  }
}

function addressOf(completion: Completion): readonly unknown[] {
  if (completion.kind === 'call') {
    const { runId, node, index, generation, token, attempt } = completion.call;
    return [runId, node, index, generation, token, attempt];
  }
  const { runId, generation, epoch, node } = completion;
  return [runId, node.node, node.index, generation, epoch, node.attempt];
}

/** `0` is without a limit. */
function guardOf(timeoutMs: number | undefined): number {
  return timeoutMs === undefined ? 0 : Math.min(LONGEST_MS, Math.ceil(timeoutMs) + SERVER_PATIENCE_MS);
}

function poolSizeOf({ options }: DataSource): number {
  const { poolSize, extra } = options as { readonly poolSize?: number; readonly extra?: { readonly max?: unknown } };
  const max = extra?.max ?? poolSize;
  return typeof max === 'number' && max > 0 ? max : 10;
}

/** Of a small pool a half, so that others can have a connection as well. */
function limitOf(poolSize: number): number {
  return Math.max(1, Math.min(poolSize - 1, Math.max(poolSize - KEPT_FOR_ENGINE, Math.floor(poolSize / 2))));
}
