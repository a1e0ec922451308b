import 'reflect-metadata';
import { join } from 'node:path';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { Client } from 'pg';
import { container } from 'tsyringe';
import { defineWorkflow, WorkflowRunner } from '../../src/index';
import type { RunnerOptions, TaskContext } from '../../src/index';
import { systemSeams } from '../../src/runner/engine-seams';
import type { EngineSeams } from '../../src/runner/engine-seams';
import { Child } from '../fixtures/child-process';
import { MemoryLogger } from '../fixtures/memory-logger';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { TracedProcess, treeOf } from '../fixtures/span-tree';
import type { SeenSpan } from '../fixtures/span-tree';
import { audit, orders } from '../fixtures/traced-workflow';

let database: TestDatabase;
let runners: WorkflowRunner[];

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => {
  context.disable();
});
beforeEach(async () => {
  database = await createTestDatabase();
  runners = [];
});
afterEach(async () => {
  await Promise.all(runners.map((runner) => runner.close()));
  await database.drop();
});

const create = async (
  by: TracedProcess,
  options: Pick<RunnerOptions, 'workflows' | 'worker'>,
  seams: EngineSeams = systemSeams,
): Promise<WorkflowRunner> => {
  const shared = { database: database.url, telemetry: by.telemetry, container: container.createChildContainer() };
  const runner = await WorkflowRunner.createWith({ ...shared, logger: new MemoryLogger(), ...options }, seams);
  runners.push(runner);
  return runner;
};

const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 1_500; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`waited in vain for ${what}`);
};

/** The hour of a sleep has passed, as far as the database is concerned. */
const endSleeps = async (): Promise<void> => {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query('UPDATE typeflow.node SET wake_at = now() WHERE wake_at > now()');
  await client.query(
    'UPDATE typeflow.run SET wake_at = now(), claim_rank = extract(epoch FROM now()) * 1000 WHERE wake_at > now()',
  );
  await client.end();
};

const spansOf = (child: Child): readonly SeenSpan[] =>
  child.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as SeenSpan);

describe('one trace', () => {
  it('holds a run that is parked, whose worker is killed, that another one takes over, and that calls a child', async () => {
    const client = new TracedProcess('client');
    const gpu = new TracedProcess('gpu');
    const second = new TracedProcess('second');
    const third = new TracedProcess('third');
    const workflows = [orders, audit];
    const starter = await create(client, { workflows, worker: false });
    const first = new Child(join(__dirname, '../fixtures/traced-process.ts'), {
      DATABASE: database.url,
      NAME: 'first',
    });
    await first.until((lines) => lines.includes('ready'));
    await create(gpu, { workflows, worker: { queues: ['gpu'], poll: '200ms' } });

    const run = await client.provider.getTracer('app').startActiveSpan('POST /orders', async (span) => {
      const started = await starter.start(orders, 'main');
      span.end();
      return started;
    });
    const untilParkedIn = (task: string): Promise<void> =>
      until(`the run to be parked in "${task}"`, async () => {
        const { status, nodes = [] } = (await starter.get(run.id)) ?? {};
        return status === 'WAITING' && nodes.some((node) => node.task === task && node.status === 'WAITING');
      });
    await untilParkedIn('cool');
    expect(await first.kill('SIGKILL')).toBe('SIGKILL');

    await endSleeps();
    await create(second, { workflows, worker: { queues: ['default'], poll: '200ms' } });
    await untilParkedIn('check');
    await create(third, { workflows, worker: { queues: ['audits'], poll: '200ms' } });
    expect(await run.result()).toBe('charged and rendered, fine');
    await Promise.all(runners.map((runner) => runner.close()));

    const spans = [...client.spans, ...spansOf(first), ...gpu.spans, ...second.spans, ...third.spans];
    expect(treeOf(spans)).toBe(
      `
POST /orders @client
  start orders.main created @client
    run orders.main parked @first
      task charge completed @first
        attempt charge #1 failed (error) @first
        attempt charge #2 completed @first
      task render completed @first
        attempt render #1 completed @gpu
      task cool parked @first
        attempt cool #1 waiting @first
    run orders.main parked @second
      task cool completed @second
      task check parked @second
        attempt check #1 waiting @second
          run audit.main completed @third
            task look completed @third
              attempt look #1 completed @third
            flow main completed @third
              attempt main #1 completed @third
    run orders.main completed @second
      task check completed @second
      flow main completed @second
        attempt main #1 completed @second
`.trim(),
    );
  }, 60_000);

  it('holds what a worker did whose lease ran out in the middle of an attempt, and who went on', async () => {
    let reached!: () => void;
    const isReached = new Promise<void>((resolve) => (reached = resolve));
    let calls = 0;
    const slow = defineWorkflow('slow')
      .task('work', { timeout: false }, async (_: undefined, ctx: TaskContext) => {
        if (++calls > 1) return 'done';
        reached();
        await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve));
        throw new Error('nobody hears this');
      })
      .flow('main', { dependsOn: ['work'] }, (work: string) => work)
      .build();
    const [dying, second] = [new TracedProcess('dying'), new TracedProcess('second')];
    const death = new AbortController();
    const worker = { lease: '1s', poll: '200ms', reportAfter: '1h' } as const;
    const first = await create(dying, { workflows: [slow], worker }, { ...systemSeams, death: death.signal });
    const run = await first.start(slow, 'main');
    await isReached;
    death.abort();

    const other = await create(second, { workflows: [slow], worker });
    expect(await other.result(run.id)).toBe('done');
    await Promise.all(runners.map((runner) => runner.close()));

    expect(treeOf([...dying.spans, ...second.spans])).toBe(
      `
start slow.main created @dying
  run slow.main lost @dying
    task work lost @dying
      attempt work #1 dropped @dying
  run slow.main completed @second
    task work completed @second
      attempt work #1 completed @second
    flow main completed @second
      attempt main #1 completed @second
`.trim(),
    );
  }, 60_000);
});

it('the loss of a lease is told once, and the next one again', async () => {
  let losses = 0;
  const idle = defineWorkflow('idle')
    .flow('main', () => 1)
    .build();
  const runner = await WorkflowRunner.create({
    workflows: [idle],
    database: database.url,
    worker: { poll: '50ms' },
    telemetry: { leaseLost: () => losses++ },
    logger: new MemoryLogger(),
    container: container.createChildContainer(),
  });
  runners.push(runner);
  const client = new Client({ connectionString: database.url });
  await client.connect();
  for (const expected of [1, 2]) {
    const id = runner.health?.id;
    await client.query('UPDATE typeflow.worker SET dead = TRUE WHERE id = $1', [id]);
    await until('the worker to be somebody new', async () => runner.health?.id !== id);
    // It works again under its new id.
    expect(await runner.run(idle, 'main')).toBe(1);
    expect(losses).toBe(expected);
  }
  await client.end();
});
