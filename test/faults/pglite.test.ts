import { pgliteCampaign } from './campaigns/pglite';
import { broken } from './harness/oracle';
import { newSeed } from './harness/seeded-random';

describe('a process that is killed while it writes into its embedded database', () => {
  it('finds everything again that was acknowledged, and finishes it', async () => {
    const seed = newSeed();
    const { fired, runs, verdict } = await pgliteCampaign({ seed, runs: 0, faults: 3 });
    expect({ seed, ...broken(verdict) }).toEqual({ seed });
    expect(fired['kills']).toBe(3);
    expect(runs).toBeGreaterThan(0);
  }, 300_000);
});
