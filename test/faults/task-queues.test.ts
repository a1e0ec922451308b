import 'reflect-metadata';
import { join } from 'node:path';
import { Client } from 'pg';
import { container as globalContainer } from 'tsyringe';
import { RunFailedError, WorkflowRunner } from '../../src';
import type { RunHandle } from '../../src';
import { Child } from '../fixtures/child-process';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { queueWorkflow, TABLES } from './queue-process';
import type { Job } from './queue-process';

interface Line {
  readonly task: string;
  readonly attempt: number;
  readonly pid: number;
  readonly what: string;
}

const PROCESS = join(__dirname, 'queue-process.ts');

let database: TestDatabase;
let sql: Client;
let client: WorkflowRunner;
const workflow = queueWorkflow(() => sql);
/** Which processes serve, by queue. A case that ends one starts its successor. */
const serving = new Map<string, Child>();

beforeAll(async () => {
  database = await createTestDatabase();
  sql = new Client({ connectionString: database.url });
  await sql.connect();
  await sql.query(TABLES);
  client = await WorkflowRunner.create({
    workflows: [workflow],
    database: database.url,
    worker: false,
    container: globalContainer.createChildContainer(),
  });
}, 60_000);

afterAll(async () => {
  await Promise.all([...serving.values()].map((child) => child.kill()));
  await client?.close();
  await sql?.end();
  await database?.drop();
});

/** The process that serves `queue`, started if there is none. */
async function serve(queue: 'default' | 'gpu'): Promise<Child> {
  const known = serving.get(queue);
  if (known !== undefined && known.process.exitCode === null && known.process.signalCode === null) return known;
  const child = new Child(PROCESS, { DATABASE: database.url, QUEUES: queue });
  serving.set(queue, child);
  await child.until((lines) => lines.includes('serving'));
  return child;
}

const start = (kind: Job['kind'], frames = 1) => client.start(workflow, 'main', { kind, frames });

async function lines(runId: string): Promise<readonly Line[]> {
  return (await sql.query<Line>('SELECT task, attempt, pid, what FROM call WHERE run = $1 ORDER BY id', [runId])).rows;
}

const callsOf = async ({ id }: { readonly id: string }, task: string): Promise<Line[]> =>
  (await lines(id)).filter((line) => line.task === task && line.what === 'called');

async function until(matches: () => Promise<boolean>): Promise<void> {
  while (!(await matches())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Until `render` has been called `count` times. */
const untilRendering = (handle: RunHandle<unknown>, count = 1): Promise<void> =>
  until(async () => (await callsOf(handle, 'render[0]')).length >= count);

const open = (handle: RunHandle<unknown>): Promise<unknown> => sql.query('INSERT INTO gate VALUES ($1)', [handle.id]);

const ONE = { frames: [{ frame: 0, ms: 0 }], slow: 'in time' };

describe('a task queue, with the owner of the run and the worker of the queue in two processes', () => {
  it('sends calls where the queue is served: values, retries, failures and timeouts come back', async () => {
    const [owner, gpu] = await Promise.all([serve('default'), serve('gpu')]);
    const [value, flaky, fail, slow] = await Promise.all([
      start('value', 25),
      start('flaky'),
      start('fail'),
      start('slow'),
    ]);

    const frames = Array.from({ length: 25 }, (_, frame) => ({ frame, ms: frame }));
    expect(await value.result()).toEqual({ frames, slow: 'in time' });
    expect(await flaky.result()).toEqual(ONE);
    const failure = await fail.result().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RunFailedError);
    expect(failure).toMatchObject({
      task: 'render',
      cause: { name: 'TypeError', message: 'no such model', code: 'NO_MODEL' },
    });
    await expect(slow.result()).rejects.toMatchObject({ task: 'slow', cause: { code: 'TASK_TIMEOUT' } });

    for (const { task, pid } of await lines(value.id)) {
      expect([task, pid]).toEqual([task, task.startsWith('render') ? gpu.process.pid : owner.process.pid]);
    }
    const rendered = (await flaky.get())?.nodes.find(({ task, index }) => task === 'render' && index === 0);
    expect(rendered?.attempts.map(({ outcome, delayMs }) => [outcome, delayMs])).toEqual([
      ['failed', 50],
      ['failed', 50],
      ['completed', undefined],
    ]);
    await until(async () => (await sql.query('SELECT FROM typeflow.dispatch')).rows.length === 0);
  }, 120_000);

  it('reaches the worker of the queue with a cancel', async () => {
    await Promise.all([serve('default'), serve('gpu')]);
    const handle = await start('hold');
    await untilRendering(handle);
    expect(await handle.cancel('enough')).toBe(true);
    await expect(handle.result()).rejects.toMatchObject({ code: 'RUN_CANCELLED' });
    expect((await lines(handle.id)).at(-1)).toMatchObject({ task: 'render[0]', what: 'aborted: cancel' });
  }, 120_000);

  it('outlives the worker of the queue: kill -9, and another makes the call', async () => {
    const [, gpu] = await Promise.all([serve('default'), serve('gpu')]);
    const handle = await start('hold');
    await untilRendering(handle);
    expect(await gpu.kill()).toBe('SIGKILL');
    await serve('gpu');
    await untilRendering(handle, 2);
    await open(handle);
    expect(await handle.result()).toEqual(ONE);
    expect((await callsOf(handle, 'render[0]')).map(({ attempt }) => attempt)).toEqual([1, 1]);
    expect(await callsOf(handle, 'plan')).toHaveLength(1);
  }, 120_000);

  it('takes one result when the worker of the queue was frozen past its lease, and wakes up again', async () => {
    const [, frozen] = await Promise.all([serve('default'), serve('gpu')]);
    const handle = await start('hold');
    await untilRendering(handle);
    frozen.process.kill('SIGSTOP');
    serving.delete('gpu');
    await serve('gpu');
    await untilRendering(handle, 2);
    await open(handle);
    frozen.process.kill('SIGCONT');
    expect(await handle.result()).toEqual(ONE);
    const rendered = (await handle.get())?.nodes.filter(({ task, index }) => task === 'render' && index === 0);
    expect(rendered).toMatchObject([{ status: 'COMPLETED', attempt: 1, attempts: [] }]);
    await frozen.kill();
  }, 120_000);

  it('outlives the owner: kill -9 of it, and no call is made twice', async () => {
    const [owner] = await Promise.all([serve('default'), serve('gpu')]);
    const [early, late] = await Promise.all([start('hold'), start('hold')]);
    await Promise.all([early, late].map((handle) => untilRendering(handle)));
    expect(await owner.kill()).toBe('SIGKILL');
    // One result comes while nobody owns its run.
    await open(early);
    await until(
      async () => (await sql.query('SELECT FROM typeflow.dispatch WHERE outcome IS NOT NULL')).rows.length > 0,
    );
    await serve('default');
    expect(await early.result()).toEqual(ONE);
    await open(late);
    expect(await late.result()).toEqual(ONE);
    for (const handle of [early, late]) {
      expect((await lines(handle.id)).map(({ task }) => task).sort()).toEqual(['main', 'plan', 'render[0]']);
    }
  }, 60_000);

  it('is given back by a worker that is told to end', async () => {
    const [, gpu] = await Promise.all([serve('default'), serve('gpu')]);
    const handle = await start('hold');
    await untilRendering(handle);
    gpu.process.kill('SIGTERM');
    expect([await gpu.ended, gpu.lines.at(-1)]).toEqual([0, 'closed']);
    const { rows } = await sql.query('SELECT worker, crashes FROM typeflow.dispatch WHERE run_id = $1', [handle.id]);
    expect(rows).toEqual([{ worker: null, crashes: 0 }]);
    await open(handle);
    await serve('gpu');
    expect(await handle.result()).toEqual(ONE);
  }, 120_000);

  it('ends a call that kills its worker each time, and no other', async () => {
    await serve('default');
    const handles = await Promise.all((['value', 'kill', 'value'] as const).map((kind) => start(kind)));
    const results = Promise.allSettled(handles.map((handle) => handle.result({ timeout: '150s' })));
    let deaths = 0;
    let isOver = false;
    void results.then(() => (isOver = true));
    while (!isOver) {
      const gpu = await serve('gpu').catch(() => undefined);
      if ((await Promise.race([gpu?.ended ?? 'SIGKILL', results])) === 'SIGKILL') deaths++;
    }
    expect((await results).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(deaths).toBe(3);
    expect((await handles[1]?.get())?.error).toMatchObject({ code: 'WORKER_LOST', task: 'render' });
    expect(await callsOf(handles[1] as RunHandle<unknown>, 'render[0]')).toHaveLength(3);
  }, 180_000);
});
