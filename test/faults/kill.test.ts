import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { killCampaign } from './campaigns/kill';
import { broken } from './harness/oracle';
import { newSeed } from './harness/seeded-random';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe('60 kill -9 over 600 runs', () => {
  it('lose nothing, record nothing twice, and the runs of the dead go on in time', async () => {
    const seed = newSeed();
    const { fired, runs, verdict, recovery } = await killCampaign({ url: database.url, seed, runs: 600, faults: 60 });
    expect({ seed, ...broken(verdict) }).toEqual({ seed });
    expect(fired['kills']).toBe(60);
    expect(runs).toBeGreaterThanOrEqual(600);
    // The kills hit work: some calls had to be made again.
    expect(verdict.repeats).toBeGreaterThan(0);
    const { kills = 0, p99 = Infinity, bound = 0, stall = 0 } = recovery ?? {};
    expect(kills).toBeGreaterThan(10);
    // What this machine kept everybody waiting is not the engine's.
    expect({ seed, p99, isInTime: p99 <= bound + stall }).toEqual({ seed, p99, isInTime: true });
  }, 300_000);
});
