import 'reflect-metadata';
import { join } from 'node:path';
import { Client } from 'pg';
import { container as globalContainer } from 'tsyringe';
import { WorkflowRunner } from '../../src';
import { Child } from '../fixtures/child-process';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { EFFECTS, undoWorkflow } from './compensation-process';
import { between, newSeed, seededRandom } from './harness/seeded-random';

const PROCESS = join(__dirname, 'compensation-process.ts');
const RUNS = 20;
const KILLS = 3;
const PARTS = ['part 0 0', 'part 1 10', 'part 2 20'];

let database: TestDatabase;
let sql: Client;
let client: WorkflowRunner;
const undone = undoWorkflow(() => sql);

beforeEach(async () => {
  database = await createTestDatabase();
  sql = new Client({ connectionString: database.url });
  await sql.connect();
  await sql.query(EFFECTS);
  const container = globalContainer.createChildContainer();
  client = await WorkflowRunner.create({ workflows: [undone], database: database.url, worker: false, container });
}, 60_000);

afterEach(async () => {
  await client?.close();
  await sql?.end();
  await database?.drop();
});

async function serve(): Promise<Child> {
  const child = new Child(PROCESS, { DATABASE: database.url });
  await child.until((lines) => lines.includes('serving'));
  return child;
}

it('compensations of processes that are killed amid them run in their order, and each is recorded once', async () => {
  const seed = newSeed();
  const random = seededRandom(seed);
  let worker = await serve();
  const runs = await Promise.all(Array.from({ length: RUNS }, (_, n) => client.start(undone, 'main', n)));
  let killedAmid = 0;
  const lines = async (): Promise<number> => (await sql.query('SELECT FROM effect')).rowCount ?? 0;
  const open = async (): Promise<number> =>
    (await sql.query(`SELECT FROM typeflow.run WHERE status IN ('PENDING', 'RUNNING', 'WAITING')`)).rowCount ?? 0;
  for (let kill = 0; kill < KILLS; kill++) {
    // As soon as a compensation has begun that had not before, or a little later.
    const seen = await lines();
    while ((await lines()) === seen && (await open()) > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    await new Promise((resolve) => setTimeout(resolve, between(random, 0, 15)));
    expect(await worker.kill()).toBe('SIGKILL');
    if ((await open()) > 0) killedAmid++;
    worker = await serve();
  }
  for (const run of runs)
    await expect(run.result()).rejects.toMatchObject({ task: 'main', cause: { message: 'meant to fail' } });
  await worker.kill();

  const { rows: effects } = await sql.query<{ run: string; what: string }>('SELECT run, what FROM effect ORDER BY id');
  const { rows: records } = await sql.query(
    `SELECT count(*)::integer AS n, count(*) FILTER (WHERE status = 'COMPLETED')::integer AS completed
     FROM typeflow.node WHERE kind = 'compensation'`,
  );
  // Of a map the node as a whole has a record, too.
  expect({ seed, ...records[0] }).toEqual({ seed, n: RUNS * 6, completed: RUNS * 6 });
  for (const { id } of runs) {
    const lines = effects.filter(({ run }) => run === id).map(({ what }) => what);
    const at = (what: string): number => lines.indexOf(what);
    for (const part of PARTS) {
      expect({ seed, isAfterLast: at(`begin ${part}`) > at('end last') }).toEqual({ seed, isAfterLast: true });
      expect({ seed, isBeforeFirst: at('begin first') > at(`end ${part}`) }).toEqual({ seed, isBeforeFirst: true });
    }
  }
  expect({ seed, killedAmid: killedAmid > 0 }).toEqual({ seed, killedAmid: true });
}, 60_000);
