import { DataSource } from 'typeorm';
import { ConfigurationError } from '../../../core/errors/definition-error';
import { TYPEFLOW_ENTITIES } from '../entities/index';
import { MIGRATION_TABLE, TYPEFLOW_MIGRATIONS } from '../migrations/index';
import { clientBeside } from './client-beside';
import type { Connection } from './connection';
import { unreachable } from './unreachable';

/** Long enough for a slow network, short enough that `create()` answers within ten seconds. */
const CONNECT_TIMEOUT_MS = 8_000;

/** A statement of ours takes milliseconds: one that takes this long waits for something that will not come. */
const QUERY_TIMEOUT_MS = 30_000;

/** Guards of every session, against locks that nobody gives back. */
const GUARDS = { statement_timeout: 30_000, lock_timeout: 10_000, idle_in_transaction_session_timeout: 30_000 };

const POOL_SIZE = 10;

/** Our own pool of connections to a PostgreSQL server. Nothing connects before `open`. */
export function connectPostgres(url: string, schema: string): Connection {
  const where = describeServer(url);
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    schema,
    entities: TYPEFLOW_ENTITIES,
    migrations: TYPEFLOW_MIGRATIONS,
    migrationsTableName: MIGRATION_TABLE,
    synchronize: false,
    installExtensions: false,
    logging: false,
    poolSize: POOL_SIZE,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    applicationName: 'typeflow',
    // A connection that dies while idle is replaced when the next one is needed; there is nobody to tell.
    poolErrorHandler: () => undefined,
    extra: {
      ...GUARDS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      // The statements are right at READ COMMITTED, whatever the database's default is.
      options: '-c default_transaction_isolation=read\\ committed',
    },
  });
  return {
    kind: 'postgres',
    dataSource,
    newClient: () => clientBeside(dataSource),
    async open() {
      try {
        await dataSource.initialize();
      } catch (error) {
        throw unreachable(where, error);
      }
    },
    async close() {
      if (dataSource.isInitialized) await dataSource.destroy();
    },
    assertFree() {},
  };
}

/** `host:port/database`: what may be shown of a URL. */
function describeServer(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `PostgreSQL at ${hostname || 'localhost'}:${port || '5432'}${pathname}`;
  } catch {
    // Not even a part of it is shown: what is no URL may still hold a password.
    throw new ConfigurationError(
      'database: expected a URL such as postgres://user@host:5432/database, got one that cannot be parsed',
    );
  }
}
