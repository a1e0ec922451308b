import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Clock } from '../../core/clock';
import { DEFAULT_JOURNAL } from '../journal-limits';
import type { Store } from '../store';
import { connectPostgres, describeServer } from './connections/postgres';
import { unreachable } from './connections/unreachable';
import { TypeormStore } from './typeorm-store';

const CONNECT_TIMEOUT_MS = 8_000;

export interface VirtualDatabaseParams {
  readonly url: string;
  /** For what the store itself waits for, such as a connection: the machine's. */
  readonly clock: Clock;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * A store in a new schema of a PostgreSQL server, whose clock only moves when it is told to: for tests.
 *
 * The statements are those of production. They ask for `clock_timestamp()`, and the sessions of this store find another function of that name before the
 * server's: one that reads the instant out of a table.
 */
export class VirtualDatabase {
  readonly store: Store;
  readonly #client: pg.Client;
  readonly #schema: string;

  private constructor(client: pg.Client, schema: string, store: Store) {
    this.#client = client;
    this.#schema = schema;
    this.store = store;
  }

  /** @throws DatabaseUnreachableError, ConfigurationError, StoreError */
  static async open({ url, clock, now }: VirtualDatabaseParams): Promise<VirtualDatabase> {
    const schema = `typeflow_test_${randomBytes(6).toString('hex')}`;
    const client = await connect(url);
    try {
      const searchPath = await makeClock(client, schema, now);
      const connection = connectPostgres(url, { clock, schema, searchPath });
      const options = { schema, migrate: true, journal: DEFAULT_JOURNAL, listen: false, notify: false, prepare: true };
      const database = new VirtualDatabase(client, schema, new TypeormStore(connection, { ...options, clock }));
      await database.store.open();
      return database;
    } catch (error) {
      await client.query(dropSql(schema)).catch(() => undefined);
      await client.end();
      throw error;
    }
  }

  /** From now on it is this instant, epoch ms. Statements that have begun may still see the one before. */
  async moveTo(now: number): Promise<void> {
    await this.#client.query(`UPDATE "${this.#schema}_clock".clock SET ms = $1`, [Math.floor(now)]);
  }

  /** Disconnects, and removes all that there was. */
  async close(): Promise<void> {
    await this.store.close();
    await this.#client.query(dropSql(this.#schema));
    await this.#client.end();
  }
}

async function connect(url: string): Promise<pg.Client> {
  const where = describeServer(url);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // A connection that dies is noticed by the next statement.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw unreachable(where, error);
  }
  return client;
}

/** Makes the function, and returns the search path in which it comes before the server's. */
async function makeClock(client: pg.Client, schema: string, now: number): Promise<string> {
  const own = `"${schema}_clock"`;
  // Its instants are lost with the tests anyway.
  await client.query('SET synchronous_commit = off');
  await client.query(`
    CREATE SCHEMA ${own};
    CREATE TABLE ${own}.clock (ms bigint NOT NULL);
    INSERT INTO ${own}.clock VALUES (${Math.floor(now)});
    CREATE FUNCTION ${own}.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
      $$ SELECT timestamptz 'epoch' + ms * interval '1 millisecond' FROM ${own}.clock $$;
  `);
  const { rows } = await client.query<{ search_path: string }>('SHOW search_path');
  return `${own},pg_catalog,${rows[0]?.search_path ?? 'public'}`;
}

function dropSql(schema: string): string {
  return `DROP SCHEMA IF EXISTS "${schema}" CASCADE; DROP SCHEMA IF EXISTS "${schema}_clock" CASCADE`;
}
