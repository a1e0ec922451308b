import { systemClock } from '../../../src/runner/system-clock';
import { createStore } from '../../../src/store/open-store';
import type { Store } from '../../../src/store/store';
import { aNode, aRecord, finish, LEASE_MS, sceneOf } from '../../store/contract/fixtures';
import { CampaignDatabase, pause } from '../harness/campaign-database';
import { judge } from '../harness/oracle';
import { pick, seededRandom } from '../harness/seeded-random';
import type { CampaignOptions, CampaignResult } from './campaign';

const AT_ONCE = 25;

/** One race between two connections, of which the second may set off later; answers with who came first, or with a contradiction. */
type Race = (store: Store, other: Store, lag: () => Promise<void>) => Promise<End>;

type End = { readonly first: string } | { readonly wrong: string };

const RACES: readonly Race[] = [cancelAgainstFinish, takeoverAgainstRecord, cancelAgainstPark];

/** Races for one run, by the store's port on two pools of connections: whatever comes first, both must be told the same. */
export async function racesCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const startedAt = performance.now();
  const { url, seed, faults } = options;
  const random = seededRandom(seed);
  const database = await CampaignDatabase.open(url);
  const stores = [createStore(url, { clock: systemClock }), createStore(url, { clock: systemClock })] as const;
  await Promise.all(stores.map((store) => store.open()));
  const fired: Record<string, number> = {};
  const wrong: string[] = [];
  try {
    for (let done = 0; done < faults; done += AT_ONCE) {
      const races = Array.from({ length: Math.min(AT_ONCE, faults - done) }, () =>
        pick(random, RACES)(...stores, () => pause(random() * 4)),
      );
      for (const end of await Promise.all(races)) {
        if ('wrong' in end) wrong.push(end.wrong);
        else fired[end.first] = (fired[end.first] ?? 0) + 1;
      }
      if (done % 1_000 === 0) options.onProgress?.(`${done} races`);
    }
    const evidence = await database.evidence();
    const verdict = judge({ ...evidence, runs: [] });
    const durationMs = performance.now() - startedAt;
    return { seed, fired, runs: evidence.runs.length, verdict: { ...verdict, wrong }, durationMs };
  } finally {
    await Promise.all(stores.map((store) => store.close()));
    await database.close();
  }
}

/** R38: one of the two is told that it came too late, and the status is that of the other. */
async function cancelAgainstFinish(store: Store, other: Store, lag: () => Promise<void>): Promise<End> {
  const { newWorker, ownedRun, status } = sceneOf({ store, other });
  const run = await ownedRun(await newWorker());
  const [cancelled, recorded] = await Promise.all([
    lag().then(() => other.requestCancel({ runId: run.runId })),
    store.record(aRecord(run, { run: finish() })),
  ]);
  const isFinished = recorded.kind === 'recorded' && recorded.applied;
  const state = await status(run.runId);
  if (cancelled !== (isFinished ? 'final' : 'accepted') || state !== (isFinished ? 'COMPLETED' : 'RUNNING')) {
    return { wrong: `finish: ${JSON.stringify(recorded)}, cancel: ${cancelled}, and the run is ${String(state)}` };
  }
  if (isFinished) return { first: 'finishedBeforeCancel' };
  await store.record(aRecord(run, { inbox: 1, run: finish('CANCELLED', true) }));
  const end = await status(run.runId);
  return end === 'CANCELLED' ? { first: 'cancelledBeforeFinish' } : { wrong: `a cancelled run is ${String(end)}` };
}

/** R37: two owners of one run, before and after a takeover. What the first was told is recorded, the second finds; nothing else. */
async function takeoverAgainstRecord(store: Store, other: Store, lag: () => Promise<void>): Promise<End> {
  const { newWorker, ownedRun, claimOf } = sceneOf({ store, other });
  const [dying, heir] = [await newWorker(), await newWorker()];
  const run = await ownedRun(dying);
  const poll = () => other.poll({ workerId: heir, leaseMs: LEASE_MS, claim: claimOf() });
  await store.poll({ workerId: dying, leaseMs: -1_000 });
  const [recorded, first] = await Promise.all([
    store.record(aRecord(run, { nodes: [aNode()] })),
    lag().then(() => poll()),
  ]);
  let answer = first;
  for (let polls = 1; polls < 50; polls++) {
    if (answer.kind === 'alive' && answer.claimed.length > 0) break;
    answer = await poll();
  }
  const claimed = answer.kind === 'alive' ? answer.claimed[0] : undefined;
  if (claimed === undefined) return { wrong: `run ${run.runId} was never claimed again` };
  const isFound = claimed.nodes.some(({ node }) => node === 'pay');
  if (isFound !== (recorded.kind === 'recorded') || claimed.epoch !== 3) {
    return {
      wrong: `record: ${recorded.kind}, and the heir of epoch ${claimed.epoch} finds ${claimed.nodes.length} nodes`,
    };
  }
  return { first: isFound ? 'recordedBeforeTakeover' : 'takenOverBeforeRecord' };
}

/** No wake-up is lost: a run is never parked without its cancel, whoever comes first. */
async function cancelAgainstPark(store: Store, other: Store, lag: () => Promise<void>): Promise<End> {
  const { newWorker, ownedRun, poll } = sceneOf({ store, other });
  const [owner, heir] = [await newWorker(), await newWorker()];
  const run = await ownedRun(owner);
  const [parked] = await Promise.all([
    store.record(aRecord(run, { nodes: [aNode()], run: { kind: 'park', wakeDelayMs: 3_600_000 } })),
    lag().then(() => other.requestCancel({ runId: run.runId })),
  ]);
  const isParked = parked.kind === 'recorded' && parked.applied;
  const [claimed] = (await poll(heir)).claimed;
  if (isParked !== (claimed !== undefined) || (claimed !== undefined && !claimed.isCancelRequested)) {
    return { wrong: `park: ${JSON.stringify(parked)}, and claimed: ${String(claimed?.isCancelRequested)}` };
  }
  return { first: isParked ? 'parkedBeforeCancel' : 'cancelledBeforePark' };
}
