import type { DataSource } from 'typeorm';
import type { Clock } from '../core/clock';
import { ConfigurationError } from '../core/errors/definition-error';
import { DEFAULT_JOURNAL } from './journal-limits';
import type { JournalLimits } from './journal-limits';
import type { Maintenance } from './maintenance';
import { MemoryStore } from './memory/memory-store';
import type { Store } from './store';
import type { Connection } from './typeorm/connections/connection';
import { borrowDataSource } from './typeorm/connections/own-data-source';
import { connectPglite } from './typeorm/connections/pglite';
import { connectPostgres } from './typeorm/connections/postgres';
import type { PostgresOptions } from './typeorm/connections/postgres';
import { TypeormMaintenance } from './typeorm/maintenance/typeorm-maintenance';
import { DEFAULT_SCHEMA, quoteSchema } from './typeorm/sql/schema-name';
import { TypeormStore } from './typeorm/typeorm-store';

export interface CreateStoreOptions {
  readonly clock: Clock;
  /** The schema of our tables, `typeflow` by default. Memory has none. */
  readonly schema?: string | undefined;
  /** Whether pending migrations are run at `open`, true by default; otherwise they are an error. */
  readonly migrate?: boolean | undefined;
  readonly journal?: JournalLimits | undefined;
  /** `'transaction'` where a pooler hands out a session per transaction: no session parameters, prepared statements, LISTEN. */
  readonly pooler?: 'transaction' | undefined;
  /** Whether other processes' hints are listened for, on a connection beside the pool; true by default. */
  readonly listen?: boolean | undefined;
  /** Whether other processes are told of new work, true by default. */
  readonly notify?: boolean | undefined;
  /** Told how many records were committed together, after each commit. */
  readonly onFlush?: ((records: number) => void) | undefined;
}

/**
 * The store of a database: `'memory:'`, `'pglite:'` (in memory), `'pglite:<folder>'`, `'postgres://…'`, or a TypeORM `DataSource` of
 * type postgres. Nothing is connected before `open()`.
 *
 * @throws ConfigurationError for anything else
 */
export function createStore(database: string | DataSource, options: CreateStoreOptions): Store {
  if (database === 'memory:') return new MemoryStore(options.clock);
  const {
    schema = DEFAULT_SCHEMA,
    migrate = true,
    journal = DEFAULT_JOURNAL,
    notify = true,
    clock,
    pooler,
    onFlush,
  } = options;
  const listen = pooler === undefined && (options.listen ?? true);
  const connection = connect(database, { clock, schema, pooler });
  const prepare = pooler === undefined;
  return new TypeormStore(connection, { schema, migrate, journal, listen, notify, prepare, clock, onFlush });
}

/**
 * A connection for an operator. Neither the schema nor its version is looked at yet.
 *
 * @throws ConfigurationError, also for `'memory:'`, which nothing is kept in; DatabaseUnreachableError; FolderLockedError
 */
export async function openMaintenance(
  database: string | DataSource,
  { schema = DEFAULT_SCHEMA, clock, pooler }: Pick<CreateStoreOptions, 'schema' | 'clock' | 'pooler'>,
): Promise<Maintenance> {
  if (database === 'memory:')
    throw new ConfigurationError("database: expected one that keeps something, got 'memory:'");
  quoteSchema(schema);
  const connection = connect(database, { clock, schema, pooler });
  await connection.open();
  return new TypeormMaintenance(connection, schema, clock);
}

function connect(database: string | DataSource, options: PostgresOptions): Connection {
  if (typeof database === 'object' && database !== null) return borrowDataSource(database);
  const [scheme, rest] = splitScheme(database);
  if (scheme === 'pglite') return connectPglite(rest === '' ? undefined : rest, options.schema);
  if (scheme === 'postgres' || scheme === 'postgresql') return connectPostgres(database, options);
  // Only the scheme is quoted: what follows may hold a password.
  throw new ConfigurationError(
    `database: expected 'memory:', 'pglite:', 'pglite:<folder>', 'postgres://…' or a TypeORM DataSource, ` +
      `got ${scheme === undefined ? 'something else' : `'${scheme}:…'`}`,
  );
}

function splitScheme(database: unknown): readonly [string | undefined, string] {
  const match = typeof database === 'string' ? /^([a-z]+):(.*)$/s.exec(database) : null;
  return match === null ? [undefined, ''] : [match[1], match[2] ?? ''];
}
