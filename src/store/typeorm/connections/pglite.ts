import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DataSource } from 'typeorm';
import { FolderUnreadableError } from '../../../core/errors/store-errors';
import { TYPEFLOW_ENTITIES } from '../entities/index';
import { TYPEFLOW_MIGRATIONS } from '../migrations/index';
import { MIGRATION_TABLE } from '../migrations/migration-table';
import type { Connection } from './connection';
import { lockFolder } from './folder-lock';
import type { FolderLock } from './folder-lock';
import { Holder } from './holder';
import { loadingPglite } from './loading-pglite';
import { pgliteDriver } from './pglite-pool';
import type { WireBackend } from './wire-stream';

/**
 * PGlite in this process: in memory, or in a folder that this process has for itself. It is loaded when it is opened, so that
 * whoever uses another database never pays for it.
 */
export function connectPglite(folder: string | undefined, schema: string): Connection {
  const holder = new Holder();
  const database = new EmbeddedDatabase(folder === undefined ? undefined : resolve(folder));
  const dataSource = new DataSource({
    type: 'postgres',
    driver: pgliteDriver(database, holder),
    schema,
    entities: TYPEFLOW_ENTITIES,
    migrations: TYPEFLOW_MIGRATIONS,
    migrationsTableName: MIGRATION_TABLE,
    synchronize: false,
    installExtensions: false,
    logging: false,
  });
  holder.watch(dataSource.manager);
  return {
    kind: 'pglite',
    dataSource,
    async open() {
      await database.open();
      try {
        await dataSource.initialize();
      } catch (error) {
        await database.close();
        throw error;
      }
    },
    async close() {
      if (dataSource.isInitialized) await dataSource.destroy();
      await database.close();
    },
    assertFree: () => holder.assertFree(),
    hold: () => holder.hold(),
  };
}

/** What we use of PGlite. */
interface Embedded extends WireBackend {
  close(): Promise<void>;
}

/** The database behind the wire: PGlite, its folder, and the folder's lock. */
class EmbeddedDatabase implements WireBackend {
  readonly #folder: string | undefined;
  #database: Embedded | undefined;
  #lock: FolderLock | undefined;

  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  async open(): Promise<void> {
    const folder = this.#folder;
    const { PGlite } = await loadingPglite(() => import('@electric-sql/pglite'));
    if (folder === undefined) {
      this.#database = await PGlite.create();
      return;
    }
    mkdirSync(dirname(folder), { recursive: true });
    this.#lock = lockFolder(folder);
    try {
      removeUnfinished(folder);
      assertDatabaseFolder(folder);
      this.#database = await createOrOpen(folder, (path) => PGlite.create(path));
    } catch (error) {
      this.#lock.release();
      this.#lock = undefined;
      throw error instanceof FolderUnreadableError ? error : unreadable(folder, error);
    }
  }

  async close(): Promise<void> {
    const database = this.#database;
    this.#database = undefined;
    try {
      await database?.close();
    } finally {
      this.#lock?.release();
      this.#lock = undefined;
    }
  }

  async execProtocolRaw(messages: Uint8Array): Promise<Uint8Array> {
    if (this.#database === undefined) throw new Error('the PGlite database is closed');
    return this.#database.execProtocolRaw(messages);
  }
}

/** Stands beside a folder while its database is being made, which takes seconds in which the process may be killed. */
const markerOf = (folder: string): string => `${folder}.creating`;

async function createOrOpen<T>(folder: string, open: (folder: string) => Promise<T>): Promise<T> {
  if (existsSync(folder) && readdirSync(folder).length > 0) return open(folder);
  writeFileSync(markerOf(folder), '', { mode: 0o600 });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = await open(folder);
  rmSync(markerOf(folder), { force: true });
  return database;
}

/** What a killed process left of a database it was still making: nothing was ever stored in it. */
function removeUnfinished(folder: string): void {
  if (!existsSync(markerOf(folder))) return;
  rmSync(folder, { recursive: true, force: true });
  rmSync(markerOf(folder), { force: true });
}

/** A folder that holds anything else must not be filled with a database. */
function assertDatabaseFolder(folder: string): void {
  if (!existsSync(folder)) return;
  const entries = readdirSync(folder);
  if (entries.length > 0 && !entries.includes('PG_VERSION')) {
    throw new FolderUnreadableError(
      `the folder "${folder}" is not empty and holds no PGlite database; name an empty folder, or one that PGlite made`,
    );
  }
}

function unreadable(folder: string, error: unknown): FolderUnreadableError {
  return new FolderUnreadableError(
    `the PGlite folder "${folder}" cannot be opened: its files are damaged, or were made by another version of PostgreSQL; ` +
      `restore it from a backup, or move it away to begin with an empty one`,
    { cause: error },
  );
}
