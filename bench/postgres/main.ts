// Typeflow and its peers side by side on one durable PostgreSQL: `npm run bench:postgres -- --help`. The package is built first, because
// the built package is what is measured. docs/performance.md says what the workloads are.
import { loadavg } from 'node:os';
import type { RunningServers } from './servers';
import { startServers } from './servers';
import type { EngineSpec, Settings } from './engines';
import { installPeers } from './install-peers';
import { jobsOf } from './jobs';
import type { Job } from './jobs';
import { readOptions, USAGE } from './options';
import type { Options } from './options';
import { describeSetting } from './setting';
import { renderReport } from './report/render';
import { replaceSection } from './report/section';
import { readResults, writeResults } from './results';
import type { Result, Results } from './results';
import { defaultSettings, scan } from './scan';

const log = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') return void process.stdout.write(`${USAGE}\n`);
  const results = options.from === undefined ? await measureAll(options) : readResults(options.from);
  const report = renderReport(results);
  process.stdout.write(options.isSmoke ? summary(results) : `${report}\n`);
  if (options.write !== undefined) replaceSection(options.write, report);
  if (results.results.some((result) => !isComplete(result))) process.exitCode = 1;
}

async function measureAll(options: Options): Promise<Results> {
  installPeers(options.engines, log);
  const wantsRedis = options.engines.some(({ storage }) => storage === 'redis');
  const servers = await startServers({ ...options, redis: wantsRedis ? options.appendfsync : undefined });
  try {
    const engines = options.engines.filter((engine) => isMeasurable(engine, servers));
    const setting = await describeSetting(servers, options, engines);
    const results: Result[] = [];
    const best = await bestSettings(servers, engines, options);
    for (const { job, repetition } of schedule(engines, options, best)) {
      results.push(await measureOne(job, repetition, servers));
      if (!options.isSmoke) writeResults(options.out, { setting, results });
    }
    return { setting, results };
  } finally {
    await servers.stop();
  }
}

function isMeasurable({ name, storage }: EngineSpec, { redisUrl }: RunningServers): boolean {
  if (storage !== 'redis' || redisUrl !== undefined) return true;
  log(`${name} is left out: there is no redis-server on this machine`);
  return false;
}

type BestOf = (engine: EngineSpec, workload: 'W1' | 'W4') => Settings;

async function bestSettings(
  servers: RunningServers,
  engines: readonly EngineSpec[],
  { scan: isWanted, workloads }: Options,
): Promise<BestOf> {
  const best = new Map<string, Settings>();
  const users = { W1: ['W1', 'W3', 'W6'], W4: ['W4'] } as const;
  for (const workload of ['W1', 'W4'] as const) {
    if (!isWanted || !users[workload].some((id) => workloads.includes(id))) continue;
    for (const engine of engines) best.set(engine.name + workload, await scan(servers, engine, workload, log));
  }
  return (engine, workload) => best.get(engine.name + workload) ?? defaultSettings(engine, workload);
}

/**
 * Repetitions are the outer loop, so that a slow minute of the machine meets all engines alike, and each begins with another
 * engine.
 */
function* schedule(engines: readonly EngineSpec[], { workloads, repetitions, isSmoke }: Options, best: BestOf) {
  for (let repetition = 1; repetition <= repetitions; repetition++) {
    for (const workload of workloads) {
      for (let turn = 0; turn < engines.length; turn++) {
        const engine = engines[(turn + repetition - 1) % engines.length];
        if (engine === undefined) continue;
        const jobs = jobsOf({ workload, engine, isSmoke, best: (id) => best(engine, id) });
        for (const job of jobs) yield { job, repetition };
      }
    }
  }
}

async function measureOne(job: Job, repetition: number, servers: RunningServers): Promise<Result> {
  const { workload, variant, runs, settings } = job;
  const loadAverage = loadavg()[0] ?? NaN;
  const common = { workload, engine: job.engine, variant, repetition, runs, settings, loadAverage };
  const measured = await job.measure(servers).catch((error: unknown) => ({
    done: 0,
    values: {},
    error: error instanceof Error ? error.message : String(error),
  }));
  const result: Result = { ...common, ...measured };
  log(JSON.stringify(result));
  return result;
}

function isComplete({ done, runs, error }: Result): boolean {
  return error === undefined && done >= runs;
}

function summary({ results }: Results): string {
  const failed = results.filter((result) => !isComplete(result));
  const names = [...new Set(results.map(({ workload }) => workload))].join(', ');
  if (failed.length === 0) return `${names}: ${results.length} measurements on PostgreSQL, all runs completed\n`;
  return failed.map((result) => `FAILED ${JSON.stringify(result)}\n`).join('');
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
