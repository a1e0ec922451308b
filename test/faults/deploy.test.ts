import 'reflect-metadata';
import { join } from 'node:path';
import { Client } from 'pg';
import { container as globalContainer } from 'tsyringe';
import { WorkflowRunner } from '../../src';
import { Child } from '../fixtures/child-process';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { DEPLOY_TABLES, deployWorkflow } from './deploy-process';
import type { AnyWorkflow, Code } from './deploy-process';

const PROCESS = join(__dirname, 'deploy-process.ts');
const RUNS = 10;

let database: TestDatabase;
let sql: Client;
let client: WorkflowRunner;
const serving: Child[] = [];
const code = (name: Code): AnyWorkflow => deployWorkflow(name, () => sql);
const [v1, v2, before, after] = [code('v1'), code('v2'), code('before'), code('after')];

beforeEach(async () => {
  database = await createTestDatabase();
  sql = new Client({ connectionString: database.url });
  await sql.connect();
  await sql.query(DEPLOY_TABLES);
}, 120_000);

afterEach(async () => {
  await Promise.all(serving.splice(0).map((child) => child.kill()));
  await client?.close();
  await sql?.end();
  await database?.drop();
});

const connect = async (...workflows: AnyWorkflow[]): Promise<void> => {
  const container = globalContainer.createChildContainer();
  client = await WorkflowRunner.create({ workflows, database: database.url, worker: false, container });
};

async function serve(...codes: Code[]): Promise<Child> {
  const child = new Child(PROCESS, { DATABASE: database.url, CODE: codes.join(',') });
  serving.push(child);
  await child.until((lines) => lines.includes('serving'));
  return child;
}

async function until(matches: () => Promise<boolean>): Promise<void> {
  while (!(await matches())) await new Promise((resolve) => setTimeout(resolve, 20));
}

const count = async (query: string): Promise<number> =>
  Number((await sql.query(`SELECT count(*) AS n FROM ${query}`)).rows[0].n);
const openGate = (): Promise<unknown> => sql.query('INSERT INTO gate VALUES (true)');

describe('a deployment of real processes, by kill -9', () => {
  it('of a new version: each run is only ever called by code of its own', async () => {
    await connect(v1, v2);
    const killed = [await serve('v1'), await serve('v1')];
    const old = await Promise.all(Array.from({ length: RUNS }, (_, n) => client.start(v1, 'main', n)));
    await until(async () => (await count(`typeflow.node WHERE node = 'node' AND status = 'RUNNING'`)) === RUNS);
    await Promise.all(killed.map((child) => child.kill()));
    await serve('v2');
    await openGate();
    const fresh = await Promise.all(Array.from({ length: RUNS }, (_, n) => client.start(v2, 'main', n)));
    expect(await Promise.all(fresh.map((run) => run.result()))).toEqual(fresh.map((_, n) => `v2 ${n}`));
    await until(async () => (await count(`typeflow.run WHERE status = 'WAITING' AND refused <> '{}'`)) === RUNS);
    const { run } = await client.explain(old[0]?.id ?? '');
    expect(run.reason).toMatchObject({ code: 'code-changed', version: 'v1', because: [{ code: 'other-version' }] });
    await serve('v2', 'v1');
    expect(await Promise.all(old.map((one) => one.result()))).toEqual(old.map((_, n) => `v1 ${n}`));
    expect(await count(`call JOIN typeflow.run ON run.id = call.run WHERE run.version <> call.code`)).toBe(0);
    expect(await count(`call WHERE task = 'first'`)).toBe(2 * RUNS);
  }, 120_000);

  it('of another edge: what had begun waits, and goes on by forks that call nothing twice that is recorded', async () => {
    const killed = await serve('before');
    await connect(before);
    const old = await Promise.all(Array.from({ length: RUNS }, (_, n) => client.start(before, 'main', n)));
    await until(async () => (await count(`typeflow.node WHERE node = 'node' AND status = 'RUNNING'`)) === RUNS);
    await killed.kill();
    await serve('after');
    await until(async () => (await count(`typeflow.run WHERE status = 'WAITING' AND refused <> '{}'`)) === RUNS);
    const { run } = await client.explain(old[0]?.id ?? '');
    expect(run.sentence).toContain('"node" had begun, and task "node" now also needs "check"');
    await client.close();
    await connect(after);
    await openGate();
    await Promise.all(old.map(({ id }) => client.cancel(id)));
    const forks = await Promise.all(old.map(({ id }) => client.fork(id)));
    expect(await Promise.all(forks.map((fork) => fork.result()))).toEqual(old.map((_, n) => `after ${n}`));
    await until(async () => (await count(`typeflow.run WHERE status = 'CANCELLED'`)) === RUNS);
    expect(await count(`call WHERE task = 'first'`)).toBe(RUNS);
    expect(await count(`call WHERE task = 'node' AND code = 'after'`)).toBe(RUNS);
  }, 120_000);
});
