import { CampaignDatabase, pause } from '../harness/campaign-database';
import { Fleet } from '../harness/fleet';
import { judge } from '../harness/oracle';
import type { Verdict } from '../harness/oracle';
import { seededRandom } from '../harness/seeded-random';
import type { WorkerSetup } from '../workers/worker-process';

/** How a campaign is run. */
export interface CampaignOptions {
  /** An empty database on a PostgreSQL. */
  readonly url: string;
  readonly seed: number;
  readonly runs: number;
  /** How many times the fault of this campaign is to happen. */
  readonly faults: number;
  readonly workers?: number;
  /** Told now and then how far it is. */
  readonly onProgress?: (line: string) => void;
}

/** How a campaign ended. */
export interface CampaignResult {
  readonly seed: number;
  /** Faults that were seen to have happened, by kind. */
  readonly fired: Readonly<Record<string, number>>;
  readonly runs: number;
  readonly verdict: Verdict;
  readonly durationMs: number;
  /** From each kill to the new claims of the runs that the worker had, ms. */
  readonly recovery?: Recovery | undefined;
}

export interface Recovery {
  readonly kills: number;
  readonly p50: number;
  readonly p99: number;
  /** What the design allows: lease + poll + 1 s. */
  readonly bound: number;
  /** The longest that this machine kept a timer and a query waiting meanwhile. */
  readonly stall: number;
}

/** What a campaign works with. */
export interface Scene {
  readonly database: CampaignDatabase;
  readonly fleet: Fleet;
  readonly random: () => number;
  readonly options: CampaignOptions;
  /** Starts runs so that by the time of the last fault all of them are started. */
  feed(faultsSoFar: number): Promise<void>;
}

/** The timing of the campaigns' workers: short, so that hundreds of takeovers fit in. */
export interface Pace {
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly taskMs: number;
}

export interface CampaignPlan extends Pace {
  readonly isProxied?: boolean;
  /** The database may be away when a worker starts. */
  readonly isPatient?: boolean;
  /** How the client reaches the database; directly by default. */
  readonly clientUrl?: string;
  /** Makes the faults, and answers with their counts. */
  readonly disturb: (scene: Scene) => Promise<Record<string, number>>;
  /** Reads more out of the database before it is closed. */
  readonly conclude?: (scene: Scene) => Promise<Recovery | undefined>;
}

/** Sets the scene, makes the faults, waits until every run is over, and judges. */
export async function runCampaign(options: CampaignOptions, plan: CampaignPlan): Promise<CampaignResult> {
  const startedAt = performance.now();
  const { url, seed, runs, faults, workers = 4 } = options;
  const random = seededRandom(seed);
  const database = await CampaignDatabase.open(url, plan.clientUrl);
  const fleet = new Fleet(setupOf(url, seed, plan), random, { isProxied: plan.isProxied === true });
  const feed = async (faultsSoFar: number): Promise<void> => {
    const target = Math.min(runs, Math.ceil((runs * (faultsSoFar + 1)) / faults));
    if (target > database.started.size) await database.start(target - database.started.size);
  };
  const scene: Scene = { database, fleet, random, options, feed };
  try {
    await fleet.add(workers);
    const fired = await plan.disturb(scene);
    await feed(faults);
    await untilAllOver(scene);
    await fleet.stop();
    const recovery = await plan.conclude?.(scene);
    const verdict = judge(await database.evidence());
    return { seed, fired, runs: database.started.size, verdict, durationMs: performance.now() - startedAt, recovery };
  } finally {
    await fleet.destroy();
    await database.close();
  }
}

function setupOf(url: string, seed: number, plan: CampaignPlan): WorkerSetup {
  const { leaseMs, pollMs, taskMs, isPatient = false } = plan;
  return {
    isPatient,
    database: url,
    ledger: url,
    seed,
    taskMs,
    // Kills are no fault of the tasks here: however many hit one run, none of its tasks may be blamed.
    worker: { lease: leaseMs, poll: pollMs, tasks: 20, runs: 200, maxCrashes: 1_000 },
  };
}

/** As long as runs come to their ends, or anything else changes, there is hope. */
async function untilAllOver({ database }: Scene): Promise<void> {
  const patienceMs = 60_000;
  let last = -1;
  let since = performance.now();
  while ((await database.openRuns()) > 0) {
    const changes = await database.value<number>('SELECT coalesce(max(id), 0)::int AS value FROM audit');
    if (changes !== last) since = performance.now();
    // Those that are left are what the oracle calls lost.
    else if (performance.now() - since > patienceMs) return;
    last = changes;
    await pause(50);
  }
}

/** Waits until the workers have called `count` more tasks, or nothing is left to call. */
export async function untilCalled({ database }: Scene, count: number): Promise<void> {
  const lines = (): Promise<number> => database.value('SELECT coalesce(max(id), 0)::int AS value FROM ledger');
  const target = (await lines()) + count;
  while ((await lines()) < target && (await database.openRuns()) > 0) await pause(15);
}
