// One process of a measurement. It plays one role (roles.mjs) with one engine, as the JSON in TYPEFLOW_BENCH_ROLE says, and sends
// what it measured over the IPC channel. Plain JavaScript, because it runs under the Node that the engine needs, with nothing loaded beside it.
import pg from 'pg';
import { postgresCpuSeconds } from './cpu.mjs';
import { roles } from './roles.mjs';

const params = JSON.parse(process.env.TYPEFLOW_BENCH_ROLE);
process.once('disconnect', () => process.exit(1)); // the harness is gone

const importStartedAt = performance.now();
const { engine } = await import(params.engineUrl);
const importMs = performance.now() - importStartedAt;

/** What the tasks report: `onTask(isLast)` is called by every task, `isLast` being true in the last one of a run. */
const progress = { firstTaskAt: undefined, tasks: 0, ended: 0 };
const onTask = (isLast) => {
  progress.firstTaskAt ??= performance.now();
  progress.tasks++;
  if (isLast) progress.ended++;
};

const observer = params.url === undefined ? undefined : new pg.Client({ connectionString: params.url });
await observer?.connect();
const handle = await engine.open({ ...params, onTask });

/** How many runs the database (or Redis) says are completed: nothing else decides that a measurement is over. */
async function countDone() {
  if (engine.countDone !== undefined) return engine.countDone(handle, params.kind);
  const { rows } = await observer.query(engine.doneQuery(params.kind));
  return Number(rows[0].n);
}

/** Starts to measure CPU; answers what both sides used since, and the memory of this process. */
function startUsage() {
  const node = process.cpuUsage();
  const postgres = postgresCpuSeconds(params.postmasterPid);
  return () => {
    const { user, system } = process.cpuUsage(node);
    const now = postgresCpuSeconds(params.postmasterPid);
    return {
      nodeCpuMs: (user + system) / 1_000,
      ...(postgres !== undefined && now !== undefined && { postgresCpuMs: (now - postgres) * 1_000 }),
      maxRssMb: process.resourceUsage().maxRSS / 1_024,
    };
  };
}

const result = await roles[params.role]({ params, handle, progress, observer, countDone, startUsage, importMs });
await observer?.end();
// An engine that hangs while it closes has its result all the same; its connections end with the process.
await Promise.race([handle.stop(), new Promise((resolve) => setTimeout(resolve, 8_000))]);
process.send(result, () => process.exit(0));
