import { pause, until } from '../harness/campaign-database';
import type { FaultWorker } from '../harness/fault-worker';
import { between } from '../harness/seeded-random';
import { runCampaign, untilCalled } from './campaign';
import type { CampaignOptions, CampaignResult, Scene } from './campaign';

interface Fired {
  freezes: number;
  partitions: number;
  /** Statements with results that came to the database after the lease of their worker had ended. */
  lateRecords: number;
}

/**
 * Workers go on after others have taken their runs over. One half is frozen by SIGSTOP, as a paused machine is. The other half is cut off
 * from the database, and what it sends meanwhile arrives when the network is back: results that nobody may accept any more.
 */
export function freezeCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const fired: Fired = { freezes: 0, partitions: 0, lateRecords: 0 };
  return runCampaign(options, {
    leaseMs: 600,
    pollMs: 150,
    taskMs: 40,
    isProxied: true,
    disturb: async (scene) => {
      let rounds = 0;
      while (rounds < options.faults) {
        await scene.feed(rounds);
        await untilCalled(scene, between(scene.random, 10, 40));
        // Two at a time: the others take over from both, and the two from each other when they are back.
        const victims = [await scene.fleet.takeAny()];
        if (rounds + 1 < options.faults) victims.push(await scene.fleet.takeAny());
        rounds += victims.length;
        await Promise.all(victims.map((victim) => disturbOne(scene, victim, fired)));
        if (rounds % 50 === 0) options.onProgress?.(`${rounds} freezes, ${scene.database.started.size} runs started`);
      }
      return { ...fired };
    },
  });
}

async function disturbOne(scene: Scene, victim: FaultWorker, fired: Fired): Promise<void> {
  const { database, fleet, random } = scene;
  const isFrozen = random() < 0.5;
  await pause(between(random, 0, 20));
  const before = await database.workersOf(victim.pid, 'alive');
  if (isFrozen) victim.freeze();
  else victim.proxy?.set('hold');
  // Others have seen that its lease ended, which is what makes it a freeze past the lease.
  await until(`worker ${victim.pid} is declared dead`, async () => {
    const alive = await database.workersOf(victim.pid, 'alive');
    return before.every((id) => !alive.includes(id));
  });
  await pause(between(random, 0, 200));
  if (isFrozen) {
    fired.freezes++;
    victim.thaw();
  } else {
    fired.partitions++;
    const late = victim.proxy?.lateRecords ?? 0;
    victim.proxy?.set('pass');
    fired.lateRecords += (victim.proxy?.lateRecords ?? 0) - late;
  }
  await until(
    `worker ${victim.pid} is back under a new id`,
    async () => (await database.workersOf(victim.pid, 'alive')).length > 0,
  );
  fleet.giveBack(victim);
}
