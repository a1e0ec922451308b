import { pause } from '../harness/campaign-database';
import { between } from '../harness/seeded-random';
import type { PostgresProcess } from '../../setup/postgres-process';
import { runCampaign, untilCalled } from './campaign';
import type { CampaignOptions, CampaignResult, Scene } from './campaign';

export interface RestartOptions extends CampaignOptions {
  /** A durable server of this campaign's own. */
  readonly server: PostgresProcess;
  /** Pauses between restarts, ms. */
  readonly everyMs: readonly [number, number];
}

/** The server crashes and comes back while runs are under way, and workers are killed at the same time. */
export function restartCampaign({ server, everyMs, ...options }: RestartOptions): Promise<CampaignResult> {
  return runCampaign(options, {
    leaseMs: 3_000,
    pollMs: 500,
    taskMs: 40,
    isPatient: true,
    disturb: async (scene) => {
      let restarts = 0;
      let isOver = false;
      const killing = killNowAndThen(scene, () => isOver);
      while (restarts < options.faults) {
        // Starts are under way when the server goes down: whoever starts a run bears that, too.
        const feeding = scene.feed(restarts);
        await pause(between(scene.random, ...everyMs));
        await server.restart();
        restarts++;
        await feeding;
        await untilCalled(scene, 5);
        options.onProgress?.(`${restarts} restarts, ${scene.database.started.size} runs started`);
      }
      isOver = true;
      return { restarts, kills: await killing };
    },
  });
}

async function killNowAndThen({ fleet, random }: Scene, isOver: () => boolean): Promise<number> {
  let kills = 0;
  while (!isOver()) {
    await pause(between(random, 500, 4_000));
    const victim = await fleet.takeAny();
    fleet.replace();
    const end = await victim.kill();
    if (end !== 'SIGKILL') throw new Error(`worker ${victim.pid} ended by itself: ${end}\n${victim.stderr}`);
    kills++;
  }
  return kills;
}
