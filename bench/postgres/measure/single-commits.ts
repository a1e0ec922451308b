import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { withClient } from '../database';

const TABLE = `CREATE TABLE IF NOT EXISTS public.single_commit (
  run_id uuid NOT NULL, node text NOT NULL, status text NOT NULL, output jsonb NOT NULL, finished_at timestamptz NOT NULL,
  PRIMARY KEY (run_id, node)
)`;
const INSERT = 'INSERT INTO public.single_commit VALUES ($1, $2, $3, $4, $5)';

/** How many rows a second are committed one by one, by a prepared statement, over so many connections at once. */
export async function measureSingleCommits(url: string, connections: number, ms: number): Promise<number> {
  await withClient(url, (client) => client.query(TABLE));
  const clients = Array.from({ length: connections }, () => new Client({ connectionString: url }));
  await Promise.all(clients.map((client) => client.connect()));
  const startedAt = performance.now();
  const counts = await Promise.all(clients.map((client) => commitUntil(client, startedAt + ms)));
  const seconds = (performance.now() - startedAt) / 1_000;
  await Promise.all(clients.map((client) => client.end()));
  return counts.reduce((sum, count) => sum + count, 0) / seconds;
}

async function commitUntil(client: Client, endsAt: number): Promise<number> {
  let count = 0;
  for (; performance.now() < endsAt; count++) {
    const values = [randomUUID(), 'task', 'COMPLETED', '{"ok":true,"i":1}', new Date().toISOString()];
    await client.query({ name: 'single-commit', text: INSERT, values });
  }
  return count;
}
