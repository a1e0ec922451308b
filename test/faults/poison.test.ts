import 'reflect-metadata';
import { join } from 'node:path';
import { container as globalContainer } from 'tsyringe';
import { WorkflowRunner } from '../../src';
import { Child } from '../fixtures/child-process';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { poison } from './poison-process';

let database: TestDatabase;
let client: WorkflowRunner;

beforeAll(async () => {
  database = await createTestDatabase();
  client = await WorkflowRunner.create({
    workflows: [poison],
    database: database.url,
    worker: false,
    container: globalContainer.createChildContainer(),
  });
}, 120_000);

afterAll(async () => {
  await client?.close();
  await database?.drop();
});

/** Starts runs of these kinds, and worker after worker, until all are over. */
async function runAll(kinds: readonly string[]) {
  const handles = await Promise.all(kinds.map((kind) => client.start(poison, 'main', kind)));
  const results = Promise.allSettled(handles.map((handle) => handle.result({ timeout: '90s' })));
  let deaths = 0;
  let isOver = false;
  void results.then(() => (isOver = true));
  let worker: Child | undefined;
  while (!isOver) {
    worker = new Child(join(__dirname, 'poison-process.ts'), { DATABASE: database.url });
    const end = await Promise.race([worker.ended, results]);
    if (end === 'SIGKILL') deaths++;
  }
  await worker?.kill();
  return { statuses: (await results).map(({ status }) => status), deaths, run: await handles[1]?.get() };
}

const BESIDE = ['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'];

describe('a task that kills its worker each time', () => {
  it('is FAILED after three workers, naming it; the runs beside it are delayed and not failed', async () => {
    const { statuses, deaths, run } = await runAll(['fine', 'kill', 'fine', 'fine', 'fine']);
    expect(statuses).toEqual(BESIDE);
    expect(deaths).toBe(3);
    expect(run).toMatchObject({ status: 'FAILED', error: { code: 'WORKER_LOST', task: 'work' } });
    const work = run?.nodes.find(({ task }) => task === 'work');
    // The first call was over before anything was known of it: only after a crash are calls announced.
    expect(work).toMatchObject({ status: 'FAILED', attempt: 2 });
    expect(work?.attempts.map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
      [1, 'lost'],
      [2, 'lost'],
    ]);
    // What went before it is undone all the same.
    expect(run?.nodes.find(({ kind }) => kind === 'compensation')).toMatchObject({ status: 'COMPLETED', attempt: 1 });
  }, 120_000);

  it('as a compensation is FAILED likewise, and its run by both', async () => {
    const { statuses, deaths, run } = await runAll(['fine', 'kill-undo', 'fine', 'fine', 'fine']);
    expect(statuses).toEqual(BESIDE);
    expect(deaths).toBe(3);
    expect(run).toMatchObject({
      status: 'FAILED',
      error: {
        code: 'COMPENSATION_FAILED',
        task: 'before-compensation',
        cause: { message: 'to be undone' },
        errors: [{ code: 'WORKER_LOST' }],
      },
    });
    expect(run?.nodes.find(({ kind }) => kind === 'compensation')).toMatchObject({ status: 'FAILED', attempt: 2 });
  }, 120_000);
});
