import 'reflect-metadata';
import { join } from 'node:path';
import { Client } from 'pg';
import { container as globalContainer } from 'tsyringe';
import { WorkflowRunner } from '../../src';
import { Child } from '../fixtures/child-process';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { between, newSeed, seededRandom } from './harness/seeded-random';
import { family, vote, votes } from './waits-process';

const PROCESS = join(__dirname, 'waits-process.ts');
const RUNS = 20;
const KILLS = 4;

let database: TestDatabase;
let sql: Client;
let client: WorkflowRunner;

beforeEach(async () => {
  database = await createTestDatabase();
  sql = new Client({ connectionString: database.url });
  await sql.connect();
  const container = globalContainer.createChildContainer();
  client = await WorkflowRunner.create({
    workflows: [votes, family],
    database: database.url,
    worker: false,
    container,
  });
}, 60_000);

afterEach(async () => {
  await client?.close();
  await sql?.end();
  await database?.drop();
});

async function serve(parkAfter: string): Promise<Child> {
  const child = new Child(PROCESS, { DATABASE: database.url, PARK_AFTER: parkAfter });
  await child.until((lines) => lines.includes('serving'));
  return child;
}

describe('waits of real processes that are killed', () => {
  it.each(['5s', '1ms'])(
    'take each signal once, in its order, and lose none (sleeps are parked from %s on)',
    async (parkAfter) => {
      const seed = newSeed();
      const random = seededRandom(seed);
      let worker = await serve(parkAfter);
      const runs = await Promise.all(Array.from({ length: RUNS }, (_, n) => client.start(votes, 'main', n)));
      const killing = (async () => {
        for (let kill = 0; kill < KILLS; kill++) {
          await new Promise((resolve) => setTimeout(resolve, between(random, 20, 250)));
          expect(await worker.kill()).toBe('SIGKILL');
          worker = await serve(parkAfter);
        }
      })();
      for (let n = 0; n < 3; n++) {
        for (const run of runs) {
          await run.signal(vote, n, { id: `vote-${n}` });
          await run.signal(vote, 99, { id: `vote-${n}` });
        }
      }
      await killing;
      const results = await Promise.all(runs.map((run) => run.result()));
      await worker.kill();
      const { rows } = await sql.query(
        `SELECT count(*) FILTER (WHERE taken_at IS NULL)::integer AS left, count(*)::integer AS sent FROM typeflow.signal`,
      );
      const given = results.map(({ run, given: order }) => ({ run, votes: [...order].sort() }));
      expect({ seed, given, ...rows[0] }).toEqual({
        seed,
        given: runs.map((_, run) => ({ run, votes: [0, 1, 2] })),
        left: 0,
        sent: 3 * RUNS,
      });
    },
    60_000,
  );

  it('for children start each once, and lose none', async () => {
    const seed = newSeed();
    const random = seededRandom(seed);
    let worker = await serve('5s');
    const runs = await Promise.all(Array.from({ length: RUNS }, (_, n) => client.start(family, 'main', n)));
    for (let kill = 0; kill < KILLS; kill++) {
      await new Promise((resolve) => setTimeout(resolve, between(random, 10, 150)));
      expect(await worker.kill()).toBe('SIGKILL');
      worker = await serve('5s');
    }
    const results = await Promise.all(runs.map((run) => run.result()));
    await worker.kill();
    const { rows } = await sql.query(
      `SELECT count(*)::integer AS children, count(DISTINCT parent_id)::integer AS parents,
              count(*) FILTER (WHERE status = 'COMPLETED')::integer AS completed
       FROM typeflow.run WHERE parent_id IS NOT NULL`,
    );
    expect({ seed, results, ...rows[0] }).toEqual({
      seed,
      results: runs.map((_, run) => ({ run, values: [10, 20, 30] })),
      children: 3 * RUNS,
      parents: RUNS,
      completed: 3 * RUNS,
    });
  }, 60_000);
});
