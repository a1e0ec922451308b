import 'reflect-metadata';
import { join } from 'node:path';
import { Client } from 'pg';
import { container as globalContainer } from 'tsyringe';
import { WorkflowRunner } from '../../src';
import type { RunHandle } from '../../src';
import { Child } from '../fixtures/child-process';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { LEDGER, UPSTREAM, expectedOutput, faultWorkflow } from './fault-workflow';
import type { LedgerLine } from './fault-workflow';

const WORKER = join(__dirname, 'worker-process.ts');
const RUNS = 60;
const KILLS = 10;

let database: TestDatabase;
let ledger: Client;
let client: WorkflowRunner;
let worker: Child | undefined;
let workflow: ReturnType<typeof faultWorkflow>;

beforeAll(async () => {
  database = await createTestDatabase();
  ledger = new Client({ connectionString: database.url });
  await ledger.connect();
  await ledger.query(LEDGER);
  workflow = faultWorkflow(ledger, 0);
  client = await WorkflowRunner.create({
    workflows: [workflow],
    database: database.url,
    worker: false,
    container: globalContainer.createChildContainer(),
  });
}, 60_000);

afterAll(async () => {
  await worker?.kill();
  await client?.close();
  await ledger?.end();
  await database?.drop();
});

const spawnWorker = (taskMs: number): Child =>
  new Child(WORKER, { DATABASE: database.url, LEDGER: database.url, TASK_MS: String(taskMs) });

const linesSoFar = async (): Promise<number> =>
  Number((await ledger.query<{ n: string }>('SELECT count(*) AS n FROM ledger')).rows[0]?.n);

/** Waits until the workers have called `count` more tasks. */
async function untilCalled(count: number): Promise<void> {
  const target = (await linesSoFar()) + count;
  while ((await linesSoFar()) < target) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('a worker killed with SIGKILL', () => {
  it('loses nothing: every run ends right, nothing is recorded twice, and what was recorded is not called again', async () => {
    const handles: RunHandle<number>[] = [];
    for (let n = 0; n < RUNS; n++) handles.push(await client.start(workflow, 'main', n));

    for (let kill = 0; kill < KILLS; kill++) {
      worker = spawnWorker(40);
      await worker.until((lines) => lines.includes('serving'));
      await untilCalled(5 + kill * 2);
      expect(await worker.kill()).toBe('SIGKILL');
    }
    const last = (worker = spawnWorker(5));
    const outputs = await Promise.all(handles.map((handle) => handle.result({ timeout: '60s' })));
    expect(outputs).toEqual(handles.map((_, n) => expectedOutput(n)));
    last.process.kill('SIGTERM');
    expect([await last.ended, last.lines.at(-1)]).toEqual([0, 'drained']);

    const { rows } = await ledger.query<LedgerLine>('SELECT run, task, attempt, pid FROM ledger ORDER BY id');
    const repeated = repeatedAfterRecord(rows);
    expect(repeated).toEqual([]);
    const calls = rows.length;
    const needed = RUNS * 7;
    // The kills were real: some calls had to be repeated, and no more than what was in flight.
    expect(calls).toBeGreaterThan(needed);
    expect(calls).toBeLessThanOrEqual(needed + KILLS * 100);
    const nodes = await ledger.query<{ status: string; n: string }>(
      'SELECT status, count(*) AS n FROM typeflow.node GROUP BY status',
    );
    // The six calls of a run besides the two more of its map, and the record of the map as a whole.
    expect(nodes.rows).toEqual([{ status: 'COMPLETED', n: String(RUNS * 8) }]);
  }, 180_000);
});

/** Calls of a task that came after one of its dependents had been called, and so after its result had been recorded. */
function repeatedAfterRecord(lines: readonly LedgerLine[]): string[] {
  const recorded = new Set<string>();
  const repeated: string[] = [];
  for (const { run, task } of lines) {
    const name = task.replace(/\[\d+\]$/, '');
    if (recorded.has(`${run} ${name}`)) repeated.push(`${run} ${task}`);
    for (const upstream of UPSTREAM[name] ?? []) recorded.add(`${run} ${upstream}`);
  }
  return repeated;
}
