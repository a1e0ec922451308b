import { startPostgres } from '../setup/postgres-process';
import type { PostgresProcess } from '../setup/postgres-process';
import { restartCampaign } from './campaigns/restart';
import { broken } from './harness/oracle';
import { newSeed } from './harness/seeded-random';

let server: PostgresProcess;
beforeAll(async () => {
  server = await startPostgres({ durable: true });
}, 300_000);
afterAll(() => server.stop());

describe('a PostgreSQL that is restarted with -m immediate, while workers are killed', () => {
  it('costs no run, and no worker ends by itself', async () => {
    const seed = newSeed();
    const { url } = server;
    const options = { url, seed, runs: 60, faults: 2, workers: 2, server, everyMs: [200, 600] as const };
    const { fired, runs, verdict } = await restartCampaign(options);
    expect({ seed, ...broken(verdict) }).toEqual({ seed });
    expect([fired['restarts'], runs]).toEqual([2, 60]);
    expect(fired['kills']).toBeGreaterThan(0);
  }, 300_000);
});
