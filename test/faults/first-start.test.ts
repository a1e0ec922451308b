import { Client } from 'pg';
import { createTestDatabase } from '../setup/database';
import { FaultWorker } from './harness/fault-worker';

const PROCESSES = 20;

describe('20 processes that start at once on an empty database', () => {
  it('all serve, and one of them has migrated', async () => {
    const database = await createTestDatabase();
    const setup = { database: database.url, ledger: database.url, worker: { lease: 10_000 } };
    const workers = Array.from({ length: PROCESSES }, () => new FaultWorker(setup));
    try {
      await Promise.all(workers.map((worker) => worker.serving()));
      const client = new Client({ connectionString: database.url });
      await client.connect();
      const alive = await client.query<{ n: string }>('SELECT count(*) AS n FROM typeflow.worker WHERE NOT dead');
      const twice = await client.query('SELECT name FROM typeflow.migration GROUP BY name HAVING count(*) > 1');
      await client.end();
      expect([alive.rows[0]?.n, twice.rows]).toEqual([String(PROCESSES), []]);
    } finally {
      await Promise.all(workers.filter(({ isAlive }) => isAlive).map((worker) => worker.kill()));
      await database.drop();
    }
  }, 60_000);
});
