import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { Client } from 'pg';
import { startPostgres } from './postgres-process';

describe('a PostgreSQL of the tests’ own', () => {
  it('is a version 18 that keeps its default isolation and durability level, and is gone after stop', async () => {
    const server = await startPostgres();
    const client = new Client({ connectionString: server.url });
    await client.connect();
    const { rows } = await client.query<{ version: string; isolation: string; commits: string }>(
      `SELECT current_setting('server_version') AS version, current_setting('default_transaction_isolation') AS isolation,
        current_setting('synchronous_commit') AS commits`,
    );
    await client.end();
    expect(rows).toEqual([
      { version: expect.stringMatching(/^18\./) as string, isolation: 'read committed', commits: 'on' },
    ]);
    await server.stop();
    await expect(new Client({ connectionString: server.url }).connect()).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  it('loses nothing in a crash where a benchmark asks for that', async () => {
    const server = await startPostgres({ durable: true });
    const client = new Client({ connectionString: server.url });
    await client.connect();
    const names = ['fsync', 'full_page_writes', 'synchronous_commit', 'shared_buffers', 'max_connections'];
    const { rows } = await client.query<{ setting: string }>(
      'SELECT current_setting(name) AS setting FROM unnest($1::text[]) WITH ORDINALITY AS x(name, n) ORDER BY n',
      [names],
    );
    await client.end();
    await server.stop();
    expect(rows.map(({ setting }) => setting)).toEqual(['on', 'on', 'on', '256MB', '200']);
  });

  it('that is durable has kept what was committed before a crash', async () => {
    const server = await startPostgres({ durable: true });
    const before = new Client({ connectionString: server.url });
    before.on('error', () => undefined); // the crash ends this connection
    await before.connect();
    await before.query('CREATE TABLE kept AS SELECT 1 AS n');
    const started = await before.query<{ at: string }>('SELECT pg_postmaster_start_time()::text AS at');
    await server.restart();
    const after = new Client({ connectionString: server.url });
    await after.connect();
    const { rows } = await after.query<{ at: string; n: string; fsync: string }>(
      `SELECT pg_postmaster_start_time()::text AS at, (SELECT n FROM kept) AS n, current_setting('fsync') AS fsync`,
    );
    await after.end();
    await server.stop();
    expect(rows).toEqual([{ at: expect.not.stringContaining(started.rows[0]!.at) as string, n: 1, fsync: 'on' }]);
  });

  it('is gone after its parent was killed', async () => {
    const start = `require('node:child_process').spawn(process.execPath, process.argv.slice(1), { detached: true, stdio: ['pipe', 1, 2] })`;
    const parent = spawn(process.execPath, ['-e', start, path.join(__dirname, 'postgres-server.mjs')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { url } = JSON.parse(String(await once(parent.stdout, 'data'))) as { url: string };
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined); // the server ends this connection
    await client.connect();
    parent.kill('SIGKILL');
    await once(parent.stdout, 'close'); // the server's own process has it too: it closes when both are gone
    await expect(new Client({ connectionString: url }).connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
