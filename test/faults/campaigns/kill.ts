import type { Change } from '../harness/audit';
import { pause } from '../harness/campaign-database';
import type { CampaignDatabase } from '../harness/campaign-database';
import type { FaultWorker } from '../harness/fault-worker';
import { between } from '../harness/seeded-random';
import { runCampaign, untilCalled } from './campaign';
import type { CampaignOptions, CampaignResult, Recovery, Scene } from './campaign';
import { StallWatch } from './stall-watch';

const LEASE_MS = 1_500;
const POLL_MS = 150;

interface Kill {
  readonly pid: number;
  /** Who served on at that time, and could see that the worker is gone; nobody after a power cut. */
  readonly witness: number | undefined;
  /** Epoch ms by the database's clock. */
  readonly at: number;
}

/** Workers die by SIGKILL amid their tasks, one after the other and now and then all at once. */
export function killCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const kills: Kill[] = [];
  const stalls = new StallWatch();
  return runCampaign(options, {
    leaseMs: LEASE_MS,
    pollMs: POLL_MS,
    taskMs: 40,
    disturb: async (scene) => {
      await stalls.start(scene.database);
      while (kills.length < options.faults) await strike(scene, kills);
      return { kills: kills.length };
    },
    conclude: async ({ database }) => {
      await stalls.stop();
      return recoveryOf(database, kills, stalls);
    },
  });
}

async function strike(scene: Scene, kills: Kill[]): Promise<void> {
  const { database, fleet, random, options } = scene;
  await scene.feed(kills.length);
  await untilCalled(scene, between(random, 1, 60));
  await pause(between(random, 0, 30));
  // One round in fifteen takes everybody, as a power cut does: only successors are left then.
  const isPowerCut = between(random, 1, 15) === 1;
  const victims = isPowerCut ? await fleet.takeAll(options.faults - kills.length) : [await atWork(scene)];
  const witness = fleet.serving[0]?.pid;
  const at = await database.value<number>(`SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS value`);
  for (const victim of victims) {
    const end = await victim.kill();
    // One that has ended otherwise was not killed.
    if (end !== 'SIGKILL') throw new Error(`worker ${victim.pid} ended by itself: ${end}\n${victim.stderr}`);
    kills.push({ pid: victim.pid, at, witness });
    fleet.replace();
  }
  if (kills.length % 50 === 0) options.onProgress?.(`${kills.length} kills, ${database.started.size} runs started`);
}

/** Takes a worker that has runs in hand: killing one that has nothing to lose proves nothing. */
async function atWork({ database, fleet }: Scene): Promise<FaultWorker> {
  for (let looks = 1; ; looks++) {
    const busy = await database.query<{ pid: number }>(
      `SELECT DISTINCT split_part(label, ':', 2)::int AS pid FROM typeflow.worker JOIN typeflow.run ON owner = worker.id
       WHERE status = 'RUNNING' AND NOT dead`,
    );
    const pids = new Set(busy.map(({ pid }) => pid));
    const victim = await fleet.take(({ pid }) => pids.has(pid));
    if (victim !== undefined) return victim;
    // Whoever may not be killed may have got hold of all there is.
    if (looks % 10 === 0) await database.start(5);
    await pause(20);
  }
}

/** From each kill to the last of the new claims of what the worker had: how long its runs stood still. */
async function recoveryOf(database: CampaignDatabase, kills: readonly Kill[], stalls: StallWatch): Promise<Recovery> {
  const bound = LEASE_MS + POLL_MS + 1_000;
  const killedAt = new Map(kills.map(({ pid, at }) => [pid, at]));
  const byRun = await ownersByRun(database);
  const times: number[] = [];
  let stall = 0;
  for (const { pid, at, witness } of kills) {
    // Where nobody was left, or whoever was left was killed before the time was up, nobody could keep it.
    if (witness === undefined || (killedAt.get(witness) ?? Infinity) < at + bound) continue;
    const workers = new Set(await database.workersOf(pid));
    const ends = byRun.flatMap((ofRun) => reclaimedAt(ofRun, workers));
    if (ends.length === 0) continue;
    const end = Math.max(...ends);
    times.push(end - at);
    stall = Math.max(stall, stalls.longest(at, end));
  }
  times.sort((a, b) => a - b);
  const quantile = (q: number): number => times[Math.ceil(q * times.length) - 1] ?? 0;
  return { kills: times.length, p50: quantile(0.5), p99: quantile(0.99), bound, stall };
}

/** Of each run, the changes that give it to a worker or take it away, in order. */
async function ownersByRun(database: CampaignDatabase): Promise<(readonly Change[])[]> {
  const { changes } = await database.evidence();
  const byRun = new Map<string, Change[]>();
  for (const change of changes) {
    if (change.kind !== 'run' || (change.oldOwner ?? change.newOwner) === null) continue;
    const ofRun = byRun.get(change.run);
    if (ofRun === undefined) byRun.set(change.run, [change]);
    else ofRun.push(change);
  }
  return [...byRun.values()];
}

/** When a run that one of these workers had was claimed again, after it had been taken from the dead. */
function reclaimedAt(ofRun: readonly Change[], workers: ReadonlySet<string>): number[] {
  const freed = ofRun.findIndex(
    ({ oldOwner, newStatus }) => oldOwner !== null && workers.has(oldOwner) && newStatus === 'PENDING',
  );
  const again = freed < 0 ? undefined : ofRun[freed + 1];
  return again === undefined ? [] : [again.at];
}
