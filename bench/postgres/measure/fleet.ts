import { Bench } from '../bench';
import type { BenchParams, Measured, Servers } from '../bench';
import type { RoleResult } from '../role-process';

/** W7: several workers, which begin at the same moment, on one backlog. */
export function measureFleet(
  servers: Servers,
  params: BenchParams,
  runs: number,
  workerCount: number,
): Promise<Measured> {
  return Bench.with(servers, params, async (bench) => {
    await bench.play('enqueue', runs);
    const workers = Array.from({ length: workerCount }, () => bench.start('serve', 0));
    const watcher = bench.start('watch', runs);
    await Promise.all([watcher, ...workers].map(({ opened }) => opened));
    for (const worker of workers) worker.tell();
    const watched = await watcher.result;
    for (const worker of workers) worker.tell();
    return summarize(watched, await Promise.all(workers.map(({ result }) => result)));
  });
}

function summarize({ done = 0, endedAt = NaN }: RoleResult, workers: readonly RoleResult[]): Measured {
  const firstTaskAt = Math.min(...workers.map((worker) => worker.firstTaskAt ?? Infinity));
  const shares = workers.map(({ tasks = 0 }) => tasks);
  const postgresCpuMs = Math.max(...workers.map((worker) => worker.postgresCpuMs ?? NaN)); // each saw all of it
  return {
    done,
    values: {
      tasksPerS: done / ((endedAt - firstTaskAt) / 1_000),
      smallestShare: Math.min(...shares) / shares.reduce((sum, share) => sum + share, 0),
      nodeCpuMsPerRun: workers.reduce((sum, { nodeCpuMs = NaN }) => sum + nodeCpuMs, 0) / done,
      ...(Number.isFinite(postgresCpuMs) && { postgresCpuMsPerRun: postgresCpuMs / done }),
      maxRssMb: Math.max(...workers.map(({ maxRssMb = NaN }) => maxRssMb)),
    },
  };
}
