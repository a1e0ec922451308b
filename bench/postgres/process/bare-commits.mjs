import { randomUUID } from 'node:crypto';
import pg from 'pg';

/** A run of ten tasks one after the other needs its start and each of the ten results to be durable before the next. */
const COMMITS = 11;

const TABLE = `CREATE TABLE IF NOT EXISTS public.bare_commit (
  run_id uuid NOT NULL, node text NOT NULL, status text NOT NULL, output jsonb NOT NULL, finished_at timestamptz NOT NULL,
  PRIMARY KEY (run_id, node)
)`;
const INSERT = 'INSERT INTO public.bare_commit VALUES ($1, $2, $3, $4, $5)';

/** The least that such a run could cost: as many single-row commits in a row, by a prepared statement on one connection. */
export class BareCommits {
  #client;

  constructor(client) {
    this.#client = client;
  }

  static async open(url) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(TABLE);
    return new BareCommits(client);
  }

  /** Commits eleven rows one after the other; answers how many milliseconds that took. */
  async commit() {
    const runId = randomUUID();
    const startedAt = performance.now();
    for (let index = 0; index < COMMITS; index++) {
      const values = [runId, `task${index}`, 'COMPLETED', '{"ok":true,"i":1}', new Date().toISOString()];
      await this.#client.query({ name: 'bare-commit', text: INSERT, values });
    }
    return performance.now() - startedAt;
  }

  close() {
    return this.#client.end();
  }
}
