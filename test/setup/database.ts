import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** A database of one suite's own. */
export interface TestDatabase {
  readonly url: string;
  /** Ends the connections to it, and removes it. */
  drop(): Promise<void>;
}

/** Makes an empty database on the tests' PostgreSQL. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `typeflow_test_${randomBytes(6).toString('hex')}`;
  await administer(`CREATE DATABASE ${name}`);
  const url = new URL(serverUrl());
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

function serverUrl(): string {
  const url = process.env['TYPEFLOW_TEST_POSTGRES'];
  if (!url) throw new Error('TYPEFLOW_TEST_POSTGRES is not set: run this suite by `npm test -- <path>`');
  return url;
}

async function administer(statement: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl() });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
