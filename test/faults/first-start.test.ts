import { Client } from 'pg';
import { createTestDatabase } from '../setup/database';
import { Barrier } from './harness/barrier';
import { until } from './harness/campaign-database';
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
  }, 120_000);
});

describe('a process that is killed amid its migration', () => {
  it('leaves nothing of it; the next one migrates and serves', async () => {
    const database = await createTestDatabase();
    const setup = { database: database.url, ledger: database.url, worker: { lease: 10_000 } };
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const barrier = await Barrier.afterCreating('typeflow.worker', database.url);
    const workers = [new FaultWorker(setup)];
    const made = async (): Promise<unknown> => {
      const { rows } = await client.query<{ made: string | null }>(`SELECT to_regclass('typeflow.run')::text AS made`);
      return rows[0]?.made;
    };
    try {
      await barrier.isReached();
      expect(await workers[0]?.kill()).toBe('SIGKILL');
      // Its session finds out when it goes on.
      await barrier.lift();
      await until('its session is over', async () => {
        const { rows } = await client.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'typeflow%'`,
        );
        return rows.length === 0;
      });
      expect(await made()).toBeNull();
      const next = new FaultWorker(setup);
      workers.push(next);
      await next.serving();
      expect(await made()).toBe('typeflow.run');
    } finally {
      await Promise.all(workers.filter(({ isAlive }) => isAlive).map((worker) => worker.kill()));
      await barrier.close();
      await client.end();
      await database.drop();
    }
  }, 120_000);
});
