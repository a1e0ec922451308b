import { Bench } from '../bench';
import type { BenchParams, Measured, Servers } from '../bench';
import { countedPerRun, readCounters } from '../database';
import type { Counters } from '../database';
import type { RoleResult } from '../role-process';
import { TASKS_PER_RUN } from '../workloads';

/** W1 and W4: runs are enqueued by one process, then drained by one worker in another. */
export function measureDrain(servers: Servers, params: BenchParams, runs: number): Promise<Measured> {
  return Bench.with(servers, params, (bench) => enqueueAndDrain(bench, params, runs));
}

export async function enqueueAndDrain(bench: Bench, params: BenchParams, runs: number): Promise<Measured> {
  const counters: Counters[] = [];
  const count = async (): Promise<void> => {
    if (bench.url !== undefined) counters.push(await readCounters(bench.url));
  };
  await count();
  const enqueued = await bench.play('enqueue', runs);
  await count();
  const drained = await bench.play('drain', runs);
  await count();
  const [before, between, after] = counters;
  return {
    done: drained.done ?? 0,
    values: {
      ...rates(enqueued, drained, runs, TASKS_PER_RUN[params.kind] ?? 1),
      ...(before !== undefined && after !== undefined && countedPerRun(before, after, runs)),
      ...(before !== undefined && between !== undefined && { enqueueRowsPerRun: rowsPerRun(before, between, runs) }),
    },
  };
}

function rowsPerRun(from: Counters, to: Counters, runs: number): number {
  return countedPerRun(from, to, runs)['rowsPerRun'] ?? NaN;
}

function rates(enqueued: RoleResult, drained: RoleResult, runs: number, tasks: number): Record<string, number> {
  const done = drained.done ?? 0;
  const runsPerS = done / ((drained.ms ?? NaN) / 1_000);
  return {
    runsPerS,
    tasksPerS: runsPerS * tasks,
    enqueuePerS: runs / ((enqueued.ms ?? NaN) / 1_000),
    coldMs: drained.coldMs ?? NaN,
    importMs: drained.importMs ?? NaN,
    ...usagePerRun(drained, done),
  };
}

/** CPU of both sides and memory of the worker. */
export function usagePerRun(result: RoleResult, runs: number): Record<string, number> {
  return {
    nodeCpuMsPerRun: (result.nodeCpuMs ?? NaN) / runs,
    ...(result.postgresCpuMs !== undefined && { postgresCpuMsPerRun: result.postgresCpuMs / runs }),
    maxRssMb: result.maxRssMb ?? NaN,
  };
}
