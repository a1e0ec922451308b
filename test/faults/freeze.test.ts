import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { freezeCampaign } from './campaigns/freeze';
import { broken } from './harness/oracle';
import { newSeed } from './harness/seeded-random';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe('20 freezes past the lease', () => {
  it('leave no stale write, and lose nothing', async () => {
    const seed = newSeed();
    const { fired, runs, verdict } = await freezeCampaign({ url: database.url, seed, runs: 200, faults: 20 });
    expect({ seed, ...broken(verdict) }).toEqual({ seed });
    const { freezes = 0, partitions = 0 } = fired;
    expect([freezes + partitions, runs]).toEqual([20, 200]);
    // Half of them by chance: that one kind never comes has the odds of a million to one.
    expect([freezes > 0, partitions > 0]).toEqual([true, true]);
    // Calls had been under way, so that others had to make them again.
    expect(verdict.repeats).toBeGreaterThan(0);
  }, 300_000);
});
