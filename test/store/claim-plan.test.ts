import { Client } from 'pg';
import { systemClock } from '../../src/runner/system-clock';
import { createStore } from '../../src/store/open-store';
import type { Store } from '../../src/store/store';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { newId } from './contract/fixtures';

const BACKLOG = 20_000;

let database: TestDatabase;
let client: Client;
let store: Store;
let workerId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  store = createStore(database.url, { clock: systemClock });
  await store.open();
  client = new Client({ connectionString: database.url });
  await client.connect();
  workerId = newId();
  await store.registerWorker({ workerId, leaseMs: 60_000, queues: ['here'], workflows: ['orders'], label: 'test' });
}, 60_000);

afterAll(async () => {
  await store?.close();
  await client?.end();
  await database?.drop();
});

/** Many runs like a template that the store made: `columns` are SQL, in terms of `n` from 1. */
async function multiply(columns: Readonly<Record<string, string>>): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'typeflow' AND table_name = 'run'`,
  );
  const names = rows.map(({ name }) => name);
  const values = names.map((name) => columns[name] ?? (name === 'id' ? 'gen_random_uuid()' : `t.${name}`));
  await client.query(
    `INSERT INTO typeflow.run (${names.join(', ')}) SELECT ${values.join(', ')}
     FROM (SELECT * FROM typeflow.run LIMIT 1) AS t, generate_series(1, ${BACKLOG}) AS n`,
  );
}

async function startOne(queue: string): Promise<string> {
  const id = newId();
  const run = {
    workflow: 'orders',
    flow: 'main',
    fingerprint: 'f1',
    priority: 0,
    tags: [],
    input: '1',
    inputHash: 'h',
  };
  await store.createRun({ id, queue, ...run });
  return id;
}

const readBlocks = async (): Promise<number> => {
  // What this session itself has read and written is reported now, not a second later amid the poll.
  await client.query('SELECT pg_stat_force_next_flush()');
  await client.query('SELECT pg_stat_clear_snapshot()');
  const { rows } = await client.query<{ n: string }>(
    `SELECT heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit AS n
     FROM pg_statio_user_tables WHERE schemaname = 'typeflow' AND relname = 'run'`,
  );
  return Number(rows[0]?.n);
};

/** How many blocks of `run` and of its indexes a poll of a fresh session reads. */
async function pollReads(): Promise<{ readonly claimed: readonly string[]; readonly blocks: number }> {
  const before = await readBlocks();
  const own = createStore(database.url, { clock: systemClock });
  await own.open();
  const claim = { queues: ['here'], workflows: ['orders'], fingerprints: ['f1'], limit: 100, byAge: 20 };
  const result = await own.poll({ workerId, leaseMs: 60_000, claim });
  await own.close(); // a session reports its statistics when it ends
  if (result.kind !== 'alive') throw new Error('the worker was expected to be alive');
  let blocks = 0;
  for (let tries = 0; blocks === 0 && tries < 100; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    blocks = (await readBlocks()) - before;
  }
  return { claimed: result.claimed.map(({ id }) => id), blocks };
}

describe('a poll', () => {
  it('reads few blocks, however many runs wait for others, sleep, or are over', async () => {
    await startOne('elsewhere');
    await multiply({}); // due, of another queue
    await multiply({ queue: `'here'`, workflow: `'unknown'` }); // due, of another workflow
    const sleeping = { wake_at: `t.wake_at + n * interval '1 minute'`, claim_rank: 't.claim_rank + n * 60000' };
    await multiply({ queue: `'here'`, ...sleeping });
    await multiply({ queue: `'here'`, status: `'COMPLETED'`, wake_at: 'NULL', finished_at: 'now()' });
    await client.query('ANALYZE typeflow.run');
    const id = await startOne('here');
    const { claimed, blocks } = await pollReads();
    expect(claimed).toEqual([id]);
    expect(blocks).toBeGreaterThan(0);
    expect(blocks).toBeLessThan(100);
  }, 60_000);
});
