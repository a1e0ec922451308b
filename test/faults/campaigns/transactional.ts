import { CampaignDatabase, pause, until } from '../harness/campaign-database';
import { FaultWorker } from '../harness/fault-worker';
import { judge } from '../harness/oracle';
import type { Verdict } from '../harness/oracle';
import { between, seededRandom } from '../harness/seeded-random';
import {
  EFFECTS,
  SHIPPING,
  TRANSACTIONAL_NODES,
  TRANSACTIONAL_WIDTH,
  transactionalOutput,
} from '../transactional-workflow';
import { KILL_POINTS } from '../workers/kill-points';
import type { KillPoint } from '../workers/kill-points';
import type { WorkerSetup } from '../workers/worker-process';
import type { CampaignOptions, CampaignResult } from './campaign';

/** How the kills are counted, by the words of the report. */
const NAMES: Readonly<Record<KillPoint, string>> = {
  'before the body': 'killsBeforeTheBody',
  'after the effect': 'killsAfterTheEffect',
  'before COMMIT': 'killsBeforeCommit',
  'after COMMIT, before its answer': 'killsAfterCommit',
  'after its answer': 'killsAfterItsAnswer',
};

/** Enough that whoever is to die finds something to die of. */
const OPEN_RUNS = 12;

/** Of those that die, every third one serves the task queue. */
const QUEUES = [['default'], ['default'], [SHIPPING]] as const;

/**
 * Workers end themselves by SIGKILL at named points around the commit of a transactional task, one after the other at each point; some of them
 * make calls of a task queue for runs of others. Two live through it all, so that whatever is left over is done. Whatever the point, the
 * user's table has each effect of each finished run exactly once.
 */
export async function transactionalCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const startedAt = performance.now();
  const { url, seed, runs, faults, workers = 3 } = options;
  const random = seededRandom(seed);
  const database = await CampaignDatabase.open(url);
  const setup: WorkerSetup = {
    database: url,
    ledger: url,
    seed,
    worker: { lease: 1_000, poll: 100, runs: 3, tasks: 6, maxCrashes: 1_000 },
  };
  const alive = new Set<FaultWorker>();
  const fired: Record<string, number> = Object.fromEntries(Object.values(NAMES).map((name) => [name, 0]));
  let planned = 0;
  let killed = 0;
  const start = (more: Partial<WorkerSetup> = {}): FaultWorker => {
    const worker = new FaultWorker({ ...setup, ...more });
    alive.add(worker);
    return worker;
  };
  const serve = (queues: readonly string[]): Partial<WorkerSetup> => ({ worker: { ...setup.worker, queues } });
  /** One worker after the other that dies. */
  const dieInTurn = async (queues: readonly string[]): Promise<void> => {
    while (planned < faults) {
      const point = KILL_POINTS[planned++ % KILL_POINTS.length] as KillPoint;
      const worker = start({ ...serve(queues), death: { point, time: between(random, 1, 4) } });
      const end = await worker.ended;
      alive.delete(worker);
      if (end !== 'SIGKILL' || !worker.lines.some((line) => line.startsWith(`dies ${point}`))) {
        throw new Error(`worker ${worker.pid} ended otherwise than ${point}: ${end}\n${worker.stderr}`);
      }
      fired[NAMES[point]] = (fired[NAMES[point]] ?? 0) + 1;
      if (queues[0] === SHIPPING) fired['ofThemOnTheTaskQueue'] = (fired['ofThemOnTheTaskQueue'] ?? 0) + 1;
      if (++killed % 20 === 0) options.onProgress?.(`${killed} kills, ${database.started.size} runs started`);
    }
  };
  try {
    const survivors = [start(serve(['default'])), start(serve([SHIPPING]))];
    await Promise.all(survivors.map((one) => one.serving()));
    const dying = Promise.all(QUEUES.slice(0, workers).map(dieInTurn));
    await Promise.race([dying, feed(database, () => killed, { runs, faults })]);
    await dying;
    await startRuns(database, runs - database.started.size);
    await until('every run is over', async () => (await database.openRuns()) === 0, 120_000);
    for (const one of survivors) {
      if ((await one.stop()) !== 0) throw new Error(`worker ${one.pid} did not drain\n${one.stderr}`);
    }
    const verdict = await judgeEffects(database);
    return { seed, fired, runs: database.started.size, verdict, durationMs: performance.now() - startedAt };
  } finally {
    await Promise.all([...alive].map((worker) => worker.kill()));
    await database.close();
  }
}

/** Keeps runs open for those who are to die, and starts as many as are asked for by the last kill. */
async function feed(
  database: CampaignDatabase,
  killed: () => number,
  { runs, faults }: { readonly runs: number; readonly faults: number },
): Promise<void> {
  while (killed() < faults) {
    const open = await database.openRuns();
    const due = Math.floor((runs * killed()) / faults) - database.started.size;
    await startRuns(database, Math.max(due, OPEN_RUNS - open));
    await pause(20);
  }
}

async function startRuns(database: CampaignDatabase, count: number): Promise<void> {
  const inputs = Array.from({ length: Math.max(0, count) }, (_, i) => database.started.size + i);
  await Promise.all(
    inputs.map(async (input) => {
      const { id } = await database.client.start(database.workflows.transactional, 'main', input);
      database.started.set(id, transactionalOutput(input));
    }),
  );
}

interface EffectRow {
  readonly run: string;
  readonly node: string;
  readonly idx: number;
  readonly count: number;
}

/** The verdict over the runs, and over the user's table: each effect of each run once, and no others. */
export async function judgeEffects(database: CampaignDatabase): Promise<Verdict> {
  const verdict = judge(await database.evidence(TRANSACTIONAL_NODES, TRANSACTIONAL_WIDTH));
  const rows = await database.query<EffectRow & Record<string, unknown>>(
    'SELECT run, node, idx, count(*)::int AS count FROM effect GROUP BY run, node, idx',
  );
  const counts = new Map(rows.map(({ run, node, idx, count }) => [`${run} ${node} ${idx}`, count]));
  const expected = [...database.started.keys()].flatMap((run) => EFFECTS.map(([node, idx]) => `${run} ${node} ${idx}`));
  const missing = expected.filter((key) => !counts.has(key)).map((key) => `${key}: no effect`);
  const twice = [...counts].filter(([, count]) => count > 1).map(([key, count]) => `${key}: ${count} effects`);
  return {
    ...verdict,
    lost: [...verdict.lost, ...missing],
    recordedTwice: [...verdict.recordedTwice, ...twice],
  };
}
