import { setTimeout as sleep } from 'node:timers/promises';
import { Bench } from '../bench';
import type { BenchParams, Measured, Servers } from '../bench';
import { median, percentile } from './statistics';

/** How long it takes from a start in one process to the first task in another. */
export function measureWake(servers: Servers, params: BenchParams, runs: number): Promise<Measured> {
  return Bench.with(servers, params, async (bench) => {
    const worker = bench.start('serve', 0);
    await worker.opened;
    worker.tell();
    await worker.started;
    await sleep(500);
    const { done = 0, latenciesMs = [] } = await bench.play('wake', runs);
    worker.tell();
    await worker.result;
    return {
      done,
      values: {
        p50Ms: median(latenciesMs),
        p95Ms: percentile(latenciesMs, 95),
        bestMs: percentile(latenciesMs, 0),
      },
    };
  });
}
