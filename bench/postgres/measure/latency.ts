import { Bench } from '../bench';
import type { BenchParams, Measured, Servers } from '../bench';
import { countedPerRun, readCounters } from '../database';
import { usagePerRun } from './drain';
import { median, percentile } from './statistics';

/** W2 and W3: runs are started and awaited one after the other, in the worker's own process. */
export function measureLatency(
  servers: Servers,
  params: BenchParams,
  role: 'latency' | 'fanOut',
  runs: number,
): Promise<Measured> {
  return Bench.with(servers, params, async (bench) => {
    const before = bench.url === undefined ? undefined : await readCounters(bench.url);
    const result = await bench.play(role, runs);
    const after = bench.url === undefined ? undefined : await readCounters(bench.url);
    const latencies = result.latenciesMs ?? [];
    const bare = result.bareMs ?? [];
    return {
      done: result.done ?? 0,
      values: {
        p50Ms: median(latencies),
        p95Ms: percentile(latencies, 95),
        firstMs: latencies[0] ?? NaN,
        bestMs: percentile(latencies, 0),
        ...(bare.length > 0 && { bareP50Ms: median(bare), ratioToBare: median(latencies) / median(bare) }),
        // The bare commits of W2 are in these counts.
        ...(role === 'fanOut' && before && after && countedPerRun(before, after, runs)),
        ...usagePerRun(result, runs),
      },
    };
  });
}
