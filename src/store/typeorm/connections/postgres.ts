import { DataSource } from 'typeorm';
import type { Clock, Timer } from '../../../core/clock';
import { ConfigurationError } from '../../../core/errors/definition-error';
import { TYPEFLOW_ENTITIES } from '../entities/index';
import { TYPEFLOW_MIGRATIONS } from '../migrations/index';
import { MIGRATION_TABLE } from '../migrations/migration-table';
import { clientBeside } from './client-beside';
import type { Connection } from './connection';
import { ConnectionGuard } from './connection-guard';
import { unreachable } from './unreachable';

export interface PostgresOptions {
  readonly clock: Clock;
  readonly schema: string;
  /** A pooler that hands out a session per transaction: parameters of a session would be refused, or be another's. */
  readonly pooler?: 'transaction' | undefined;
  /** Where sessions look for what is named without a schema. Default: what the server says. */
  readonly searchPath?: string | undefined;
}

/** Long enough for a slow network, short enough that `create()` answers within ten seconds … */
const CONNECT_TIMEOUT_MS = 8_000;

/** … also where a server accepts connections and then says nothing more. */
const OPEN_TIMEOUT_MS = 9_000;

/** A pool that does not end by itself ends after this: a dead connection never says goodbye. */
const CLOSE_TIMEOUT_MS = 2_000;

/** Guards of every session, against locks that nobody gives back. A statement of ours takes milliseconds. */
const GUARDS = { statement_timeout: 30_000, lock_timeout: 10_000, idle_in_transaction_session_timeout: 30_000 };

/** What only the client can notice: a server that does not even say that the time is over. */
const SILENCE = { silenceMs: GUARDS.statement_timeout + 5_000, longSilenceMs: 600_000 };

const POOL_SIZE = 10;

/** What is asked of each session at its start. */
function sessionOptions(searchPath: string | undefined): typeof GUARDS & { readonly options: string } {
  const settings = [
    // The statements are right at READ COMMITTED, whatever the database's default is.
    'default_transaction_isolation=read committed',
    // Compiled code pays for reports over whole tables, and never for these.
    'jit=off',
    ...(searchPath === undefined ? [] : [`search_path=${searchPath}`]),
  ];
  return { ...GUARDS, options: settings.map((setting) => `-c ${setting.replace(/[\\ ]/g, '\\$&')}`).join(' ') };
}

/** Our own pool of connections to a PostgreSQL server. Nothing connects before `open`. */
export function connectPostgres(url: string, { clock, schema, pooler, searchPath }: PostgresOptions): Connection {
  const where = describeServer(url);
  const guard = new ConnectionGuard({ clock, ...SILENCE });
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
      ...(pooler === undefined && sessionOptions(searchPath)),
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      Client: guard.clientClass,
    },
  });
  return {
    kind: 'postgres',
    dataSource,
    newClient: () => clientBeside(dataSource),
    distrust: (since) => guard.distrust(since),
    async open() {
      try {
        await within(clock, OPEN_TIMEOUT_MS, dataSource.initialize(), () => guard.destroyAll());
      } catch (error) {
        throw unreachable(where, error);
      }
    },
    async close() {
      if (!dataSource.isInitialized) return;
      await within(clock, CLOSE_TIMEOUT_MS, dataSource.destroy(), () => guard.destroyAll());
    },
    assertFree() {},
  };
}

/** Waits for `promise`, which `onTimeout` shall bring to its end. */
async function within<T>(clock: Clock, ms: number, promise: Promise<T>, onTimeout: () => void): Promise<T> {
  const timer: Timer = clock.setTimer(ms, onTimeout);
  try {
    return await promise;
  } finally {
    timer.cancel();
  }
}

/** `host:port/database`: what may be shown of a URL. */
export function describeServer(url: string): string {
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
