import { Client } from 'pg';
import { Bench } from '../bench';
import type { BenchParams, Measured, Servers } from '../bench';
import { withClient } from '../database';
import { BareRows } from './bare-rows';
import { enqueueAndDrain } from './drain';
import { measureSingleCommits } from './single-commits';

const TASKS_PER_RUN = 5;
/** Up to a thousand node rows in one statement. */
const RUNS_PER_BATCH = 200;

/**
 * What the same server does with the same rows when nobody decides anything: after a real W1, its rows are written once more by
 * bare pg, in batches over arrays. Inserting the runs is not counted, as W1 does not count it; their claim, their nodes and
 * their ends are, each a statement of its own.
 */
export function measureLimit(servers: Servers, params: BenchParams, runs: number, isSmoke: boolean): Promise<Measured> {
  return Bench.with(servers, params, async (bench) => {
    const { url } = bench;
    if (url === undefined) throw new Error('the limit is one of PostgreSQL');
    const { done } = await enqueueAndDrain(bench, params, runs);
    const rows = await withClient(url, (client) => BareRows.read(client));
    const values: Record<string, number> = {};
    for (const connections of [1, 4]) {
      const seconds = await writeAgain(url, rows, connections);
      values[connections === 1 ? 'tasksPerS' : 'tasksPerSTogether'] = (rows.runs * TASKS_PER_RUN) / seconds;
    }
    const ms = isSmoke ? 100 : 3_000;
    for (const connections of [1, 50]) {
      const perS = await measureSingleCommits(url, connections, ms);
      values[connections === 1 ? 'singleCommitsPerS' : 'singleCommitsPerSTogether'] = perS;
    }
    return { done: Math.min(done, rows.runs), values };
  });
}

async function writeAgain(url: string, rows: BareRows, connections: number): Promise<number> {
  const clients = Array.from({ length: connections }, () => new Client({ connectionString: url }));
  await Promise.all(clients.map((client) => client.connect()));
  try {
    const [first] = clients;
    if (first !== undefined) await rows.prepare(first);
    let next = 0;
    const startedAt = performance.now();
    const lane = async (client: Client): Promise<void> => {
      while (next < rows.runs) {
        const from = next;
        next += RUNS_PER_BATCH;
        await rows.claim(client, from, from + RUNS_PER_BATCH);
        await rows.insertNodes(client, from, from + RUNS_PER_BATCH);
        await rows.finish(client, from, from + RUNS_PER_BATCH);
      }
    };
    await Promise.all(clients.map(lane));
    return (performance.now() - startedAt) / 1_000;
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}
