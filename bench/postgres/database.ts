import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/** What a database has counted so far. */
export interface Counters {
  readonly commits: number;
  /** Inserted, updated and deleted. */
  readonly rows: number;
  /** Bytes of write-ahead log, of the whole server. */
  readonly wal: number;
}

/** Opens a connection for one piece of work. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Makes an empty database, and a checkpoint: each measurement starts from the same state. Answers its URL. */
export async function freshDatabase(serverUrl: string, name: string): Promise<string> {
  await withClient(serverUrl, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${name}`);
    await client.query('CHECKPOINT');
  });
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

export async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  await withClient(serverUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
}

const READ_COUNTERS = `SELECT xact_commit::float8 AS commits, (tup_inserted + tup_updated + tup_deleted)::float8 AS rows,
  pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS wal FROM pg_stat_database WHERE datname = current_database()`;
const OTHERS = `SELECT count(*)::int AS n FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;

/** Reads the counters once every other connection is gone: a backend hands in what it counted when it ends. */
export function readCounters(url: string): Promise<Counters> {
  return withClient(url, async (client) => {
    for (let attempt = 0; attempt < 200; attempt++) {
      const { rows } = await client.query<{ n: number }>(OTHERS);
      if (rows[0]?.n === 0) break;
      await sleep(10);
    }
    const { rows } = await client.query<Counters>(READ_COUNTERS);
    if (rows[0] === undefined) throw new Error('pg_stat_database has no row of this database');
    return rows[0];
  });
}

/** What was counted between two readings, for each of `runs` runs. */
export function countedPerRun(from: Counters, to: Counters, runs: number): Record<string, number> {
  return {
    commitsPerRun: (to.commits - from.commits) / runs,
    rowsPerRun: (to.rows - from.rows) / runs,
    walPerRun: (to.wal - from.wal) / runs,
  };
}

/** The process whose children do the server's work; `undefined` where its files cannot be read, as for a server elsewhere. */
export async function findPostmaster(url: string): Promise<number | undefined> {
  try {
    const { rows } = await withClient(url, (client) => client.query<{ data_directory: string }>('SHOW data_directory'));
    return Number(readFileSync(`${rows[0]?.data_directory}/postmaster.pid`, 'utf8').split('\n')[0]);
  } catch {
    return undefined;
  }
}
