import 'reflect-metadata';
import { container as globalContainer } from 'tsyringe';
import { Client } from 'pg';
import { WorkflowRunner, defineWorkflow } from '../../src';
import type { TaskContext, WorkflowDefinition } from '../../src';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';

const SIZE = 10_000;

let database: TestDatabase;
let runner: WorkflowRunner;

/** The names of the nodes in the order of their calls. */
let calls: string[];

const chain = (): WorkflowDefinition => {
  const builder = defineWorkflow('long-chain');
  builder.task('n0', async (n: number) => (calls.push('n0'), n));
  for (let i = 1; i < SIZE - 1; i++) {
    builder.task(`n${i}`, { dependsOn: [`n${i - 1}`] }, async (n: number) => (calls.push(`n${i}`), n + 1));
  }
  return builder
    .flow('main', { dependsOn: [`n${SIZE - 2}`] }, async (n: number, _ctx: TaskContext<number>) => n)
    .build();
};

const fan = (): WorkflowDefinition => {
  const builder = defineWorkflow('wide-fan');
  builder.task('source', async (n: number) => (calls.push('source'), n));
  const names = Array.from({ length: SIZE - 2 }, (_, i) => `f${i}`);
  names.forEach((name, i) =>
    builder.task(name, { dependsOn: ['source'] }, async (n: number) => (calls.push(name), n + i)),
  );
  return builder
    .flow('main', { dependsOn: names }, async (...args: unknown[]) =>
      args.slice(0, -1).reduce((a: number, b) => a + (b as number), 0),
    )
    .build();
};

const diamonds = (): WorkflowDefinition => {
  const builder = defineWorkflow('diamonds');
  builder.task('d0', async (n: number) => (calls.push('d0'), n));
  for (let i = 0; i < 20; i++) {
    builder.task(`l${i}`, { dependsOn: [`d${i}`] }, async (n: number) => (calls.push(`l${i}`), n));
    builder.task(`r${i}`, { dependsOn: [`d${i}`] }, async (n: number) => (calls.push(`r${i}`), n));
    builder.task(
      `d${i + 1}`,
      { dependsOn: [`l${i}`, `r${i}`] },
      async (l: number, r: number) => (calls.push(`d${i + 1}`), l + r),
    );
  }
  return builder.flow('main', { dependsOn: ['d20'] }, async (n: number, _ctx: TaskContext<number>) => n).build();
};

const workflows = { chain: chain(), fan: fan(), diamonds: diamonds() };

beforeAll(async () => {
  database = await createTestDatabase();
  const container = globalContainer.createChildContainer();
  runner = await WorkflowRunner.create({ workflows: Object.values(workflows), database: database.url, container });
}, 60_000);

afterAll(async () => {
  await runner?.close();
  await database?.drop();
});

beforeEach(() => {
  calls = [];
});

/** The flow is not among them: it ended its run at once, and the run's row is its record. */
async function countNodes(runId: string): Promise<{ completed: number; all: number }> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query<{ completed: string; all: string }>(
    `SELECT count(*) FILTER (WHERE status = 'COMPLETED') AS completed, count(*) AS all FROM typeflow.node WHERE run_id = $1`,
    [runId],
  );
  await client.end();
  return { completed: Number(rows[0]?.completed), all: Number(rows[0]?.all) };
}

describe('large graphs on PostgreSQL', () => {
  it('a chain of 10,000: one after the other, in order', async () => {
    const handle = await runner.start(workflows.chain, 'main', 0);
    expect(await handle.result()).toBe(SIZE - 2);
    expect(calls).toEqual(Array.from({ length: SIZE - 1 }, (_, i) => `n${i}`));
    expect(await countNodes(handle.id)).toEqual({ completed: SIZE - 1, all: SIZE - 1 });
  }, 180_000);

  it('a fan of 10,000: all of them between its source and its flow, with their values in order', async () => {
    const handle = await runner.start(workflows.fan, 'main', 1);
    const last = SIZE - 3;
    expect(await handle.result()).toBe((last * (last + 1)) / 2 + (SIZE - 2));
    expect(calls[0]).toBe('source');
    expect(new Set(calls).size).toBe(SIZE - 1);
    expect(calls).toHaveLength(SIZE - 1);
    expect(await countNodes(handle.id)).toEqual({ completed: SIZE - 1, all: SIZE - 1 });
  }, 120_000);

  it('20 diamonds in a row, which have a million paths: each node once, after both of its sides', async () => {
    const handle = await runner.start(workflows.diamonds, 'main', 1);
    expect(await handle.result()).toBe(2 ** 20);
    expect(calls).toHaveLength(61);
    for (let i = 0; i < 20; i++) {
      const join = calls.indexOf(`d${i + 1}`);
      expect(calls.indexOf(`l${i}`)).toBeGreaterThan(calls.indexOf(`d${i}`));
      expect(Math.max(calls.indexOf(`l${i}`), calls.indexOf(`r${i}`))).toBeLessThan(join);
    }
  }, 60_000);
});
