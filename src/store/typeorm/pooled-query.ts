import type { DataSource } from 'typeorm';
import { codeOf } from './database-errors';

/** What we use of pg's pool. */
interface Pool {
  query(statement: {
    readonly name?: string;
    readonly text: string;
    readonly values: readonly unknown[];
  }): Promise<{ readonly rows: never[] }>;
}

/** No such prepared statement, or one of that name already: the server's session is another one than it was. */
const OTHER_SESSION = new Set(['26000', '42P05']);

/**
 * Sends single statements over the pool of a TypeORM `DataSource`, under names: PostgreSQL parses and plans each once per connection,
 * which for a statement of many steps costs more than to execute it. TypeORM's own `query` knows no names.
 *
 * A pooler that hands out a session per transaction may not know the names; then, and from then on, statements are sent without.
 */
export class PooledQuery {
  readonly #dataSource: DataSource;
  readonly #names: ReadonlyMap<string, string>;
  #prepares = true;

  constructor(dataSource: DataSource, names: ReadonlyMap<string, string>) {
    this.#dataSource = dataSource;
    this.#names = names;
  }

  async send<Row>(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    this.#dataSource.logger.logQuery(text, values as unknown[]);
    const name = this.#prepares ? this.#names.get(text) : undefined;
    const pool = (this.#dataSource.driver as unknown as { readonly master: Pool }).master;
    if (name === undefined) return (await pool.query({ text, values })).rows;
    try {
      return (await pool.query({ name, text, values })).rows;
    } catch (error) {
      if (!OTHER_SESSION.has(codeOf(error) ?? '')) throw error;
      // Refused before it was executed: it may be sent again.
      this.#prepares = false;
      return (await pool.query({ text, values })).rows;
    }
  }
}
