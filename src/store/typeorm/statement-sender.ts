import type { Clock, Timer } from '../../core/clock';
import type { Connection } from './connections/connection';
import { toStoreError } from './database-errors';
import type { ExclusiveUse } from './exclusive-use';
import { PooledQuery } from './pooled-query';
import type { Query } from './query';
import { Resender } from './resender';

export interface StatementSenderParams {
  readonly connection: Connection;
  readonly clock: Clock;
  /** Under which name a statement is prepared, by its text. */
  readonly names: ReadonlyMap<string, string>;
  /** The transaction that has the only connection of an embedded database now. */
  readonly exclusive: () => ExclusiveUse | undefined;
}

/** A poll may take as long as its lease, and what is sent once at least this, ms: after that its connection is not to be trusted. */
export const MIN_ANSWER_TIMEOUT_MS = 5_000;

/** Sends the store's statements: each alone and at READ COMMITTED, again where that is right, and with an end to waiting. */
export class StatementSender {
  readonly resender: Resender;
  readonly #params: StatementSenderParams;
  readonly #pooled: PooledQuery;
  #isReadCommitted = true;

  constructor(params: StatementSenderParams) {
    this.#params = params;
    this.#pooled = new PooledQuery(params.connection.dataSource, params.names);
    this.resender = new Resender({ clock: params.clock });
  }

  /** Asks the database what its transactions are by default. */
  async learnIsolation(): Promise<void> {
    const [row] = await this.query<{ level: string }>(`SELECT current_setting('transaction_isolation') AS level`, []);
    this.#isReadCommitted = row?.level === 'read committed';
  }

  readonly query: Query = async (sql, values) => {
    const { connection } = this.#params;
    connection.assertFree();
    const exclusive = this.#params.exclusive();
    if (exclusive !== undefined) return exclusive.share(() => this.#pooled.send(sql, values));
    if (this.#isReadCommitted) return this.#pooled.send(sql, values);
    // The user's own DataSource, on a database whose default is stricter: the statements are right at READ COMMITTED only.
    return connection.dataSource.transaction('READ COMMITTED', (manager) => manager.query(sql, [...values]));
  };

  /** For statements that may take effect twice. @param onRepeat called when one is sent that may have taken effect before */
  async send<Row>(
    doing: string,
    sql: string,
    values: readonly unknown[],
    onRepeat?: () => void,
  ): Promise<readonly Row[]> {
    try {
      return await this.resender.repeat((again) => {
        if (again) onRepeat?.();
        return this.query<Row>(sql, values);
      });
    } catch (error) {
      throw toStoreError(doing, error);
    }
  }

  /** For those that may not. */
  async sendOnce<Row>(doing: string, sql: string, values: readonly unknown[]): Promise<readonly Row[]> {
    try {
      const answer = this.resender.once(() => this.query<Row>(sql, values));
      const isServer = this.#params.connection.kind === 'postgres';
      return await (isServer ? this.answerWithin(MIN_ANSWER_TIMEOUT_MS, answer) : answer);
    } catch (error) {
      throw toStoreError(doing, error);
    }
  }

  /** The connection of what takes longer is half open: it is given up, and with it all that were silent meanwhile. */
  async answerWithin<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
    const { clock, connection } = this.#params;
    const sentAt = clock.monotonic();
    let timer: Timer | undefined;
    const silence = new Promise<never>((_resolve, reject) => {
      timer = clock.setTimer(timeoutMs, () => {
        connection.distrust?.(sentAt);
        reject(new Error(`timeout: no answer within ${timeoutMs} ms`));
      });
    });
    return Promise.race([promise, silence]).finally(() => timer?.cancel());
  }
}
