import { setTimeout as sleep } from 'node:timers/promises';
import { Bench } from '../bench';
import type { BenchParams, Measured, Servers } from '../bench';
import { withClient } from '../database';

const COMMITS = `SELECT (xact_commit + xact_rollback)::float8 AS n FROM pg_stat_database WHERE datname = $1`;

/** How many transactions a worker without work asks of its database, seen from another one, so that looking adds nothing. */
export function measureIdle(servers: Servers, params: BenchParams, isSmoke: boolean): Promise<Measured> {
  const [settleMs, watchMs] = isSmoke ? [100, 1_000] : [5_000, 30_000];
  return Bench.with(servers, params, async (bench) => {
    const worker = bench.start('serve', 0);
    await worker.opened;
    worker.tell();
    await worker.started;
    const name = new URL(bench.url ?? '').pathname.slice(1);
    const transactions = await withClient(servers.postgresUrl, async (client) => {
      const read = async (): Promise<number> => {
        const { rows } = await client.query<{ n: number }>(COMMITS, [name]);
        return rows[0]?.n ?? NaN;
      };
      await sleep(settleMs);
      const before = await read();
      await sleep(watchMs);
      return (await read()) - before;
    });
    worker.tell();
    await worker.result;
    return { done: 0, values: { commitsPerS: transactions / (watchMs / 1_000) } };
  });
}
