import { pause } from '../harness/campaign-database';
import { Proxy } from '../harness/proxy';
import type { StatementKind } from '../harness/proxy';
import { pick } from '../harness/seeded-random';
import { runCampaign } from './campaign';
import type { CampaignOptions, CampaignResult, Scene } from './campaign';

type Fired = Record<'recordCuts' | 'pollCuts' | 'createCuts', number>;

/** Most cuts hit results; the others claims, and starts of runs. */
const KINDS: readonly StatementKind[] = ['record', 'record', 'record', 'poll', 'create'];

/** Statements are committed, and the connection is lost before their answer arrives: whoever sent them cannot know. */
export async function cutCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const fired: Fired = { recordCuts: 0, pollCuts: 0, createCuts: 0 };
  const client = await Proxy.to(options.url);
  try {
    return await runCampaign(options, {
      // A lost answer costs no lease: the worker asks again.
      leaseMs: 3_000,
      pollMs: 100,
      taskMs: 20,
      isProxied: true,
      clientUrl: client.url,
      disturb: async (scene) => {
        for (let round = 0; round < options.faults; round++) {
          await cut(scene, client, round, fired);
          if (round % 50 === 49) options.onProgress?.(`${round + 1} cuts, ${scene.database.started.size} runs started`);
        }
        return fired;
      },
    });
  } finally {
    await client.close();
  }
}

async function cut(scene: Scene, client: Proxy, round: number, fired: Fired): Promise<void> {
  const { fleet, random, feed } = scene;
  const kind = pick(random, KINDS);
  if (kind === 'create') {
    const happened = client.cutAfterCommit('create');
    await feed(round);
    // There may have been nothing to start in this round.
    if (client.cuts === fired.createCuts) await scene.database.start(1);
    await happened;
    fired.createCuts++;
    return;
  }
  await feed(round);
  const victim = pick(
    random,
    fleet.serving.flatMap(({ proxy }) => proxy ?? []),
  );
  const happened = victim.cutAfterCommit(kind);
  // It is cut when it next sends such a statement: it always polls, but it records only if it gets hold of a run.
  while (!(await isOverWithin(happened, 250))) await scene.database.start(4);
  fired[kind === 'poll' ? 'pollCuts' : 'recordCuts']++;
}

async function isOverWithin(promise: Promise<void>, ms: number): Promise<boolean> {
  return Promise.race([promise.then(() => true), pause(ms).then(() => false)]);
}
