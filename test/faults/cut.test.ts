import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { cutCampaign } from './campaigns/cut';
import { broken } from './harness/oracle';
import { newSeed } from './harness/seeded-random';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe('20 connections cut after COMMIT', () => {
  it('lose nothing and record nothing twice', async () => {
    const seed = newSeed();
    const { fired, runs, verdict } = await cutCampaign({ url: database.url, seed, runs: 200, faults: 20, workers: 2 });
    expect({ seed, ...broken(verdict) }).toEqual({ seed });
    const { recordCuts = 0, pollCuts = 0, createCuts = 0 } = fired;
    expect(recordCuts + pollCuts + createCuts).toBe(20);
    // Three of five are meant for results.
    expect(recordCuts).toBeGreaterThan(0);
    expect(runs).toBeGreaterThanOrEqual(200);
  }, 300_000);
});
