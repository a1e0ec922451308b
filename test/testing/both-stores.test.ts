import 'typeflow/testing/jest';
import { Client } from 'pg';
import { all, Compensate, each, Flow, signal, Task, Workflow } from 'typeflow';
import type { TaskContext } from 'typeflow';
import { createTestRunner } from 'typeflow/testing';
import type { TestRunner } from 'typeflow/testing';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';

const EPOCH = new Date('2026-01-01T00:00:00Z');
const approved = signal<string>('approved');

@Workflow({ name: 'orders' })
class Orders {
  @Task({ retries: { max: 3, backoff: 'exponential', initialDelay: '10m', maxDelay: '1h', jitter: false } })
  async reserve(order: { items: readonly string[] }): Promise<readonly string[]> {
    return order.items;
  }

  @Compensate('reserve')
  async release(_items: readonly string[]): Promise<void> {}

  @Task({ dependsOn: [each('reserve')], timeout: '10m', retries: 1 })
  async pack(item: string, ctx: TaskContext<{ items: readonly string[] }>): Promise<string> {
    return `${item} in box ${ctx.index}`;
  }

  @Task({ dependsOn: [all('pack')] })
  approval(_packed: readonly string[], ctx: TaskContext<{ items: readonly string[] }>) {
    return ctx.waitFor(approved, { timeout: '7d' });
  }

  @Flow({ dependsOn: [all('pack'), 'approval'] })
  main(packed: readonly string[], by: string, _ctx: TaskContext<{ items: readonly string[] }>): string {
    return `${packed.join(', ')}, says ${by}`;
  }
}

@Workflow({ name: 'ledger' })
class Ledger {
  @Task({ transactional: true })
  async book(amount: number, ctx: TaskContext<number>): Promise<string> {
    await ctx.manager?.query('INSERT INTO ledger (key, amount, at) VALUES ($1, $2, clock_timestamp())', [
      ctx.idempotencyKey,
      amount,
    ]);
    return 'booked';
  }

  @Flow({ dependsOn: ['book'] })
  main(booked: string, _ctx: TaskContext<number>): string {
    return booked;
  }
}

const order = { items: ['book', 'pen'] };
let database: TestDatabase;
let t: TestRunner;

beforeAll(async () => (database = await createTestDatabase()));
afterAll(() => database.drop());

async function query(statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

const create = async (store: string): Promise<TestRunner> =>
  (t = await createTestRunner({
    workflows: [Orders, Ledger],
    now: EPOCH,
    database: store === 'PostgreSQL' ? database.url : 'memory:',
  }));
const passed = (): number => t.now.getTime() - EPOCH.getTime();

/** One suite, on whichever store. */
describe.each(['memory', 'PostgreSQL'])('a test on %s', (store) => {
  beforeEach(() => create(store));
  afterEach(() => t.close());

  it('retries after exactly the delays of its task', async () => {
    const calls: number[] = [];
    t.override(Orders, {
      reserve: ({ items }) => {
        calls.push(passed());
        if (calls.length < 3) throw new Error('busy');
        return items;
      },
      approval: async () => 'ann',
    });
    expect(await t.run(Orders, 'main', order)).toBe('book in box 0, pen in box 1, says ann');
    expect(calls).toEqual([0, 600_000, 1_800_000]);
  });

  it('waits two days for a signal, and a week at most', async () => {
    const run = await t.start(Orders, 'main', order);
    await t.until(run, 'approval', 'WAITING');
    await t.advance('2d');
    await t.signal(run, approved, 'ann');
    await expect(run).toHaveCompleted();
    expect(passed()).toBe(2 * 86_400_000);
    const late = await t.start(Orders, 'main', order);
    await expect(late).toHaveFailedWith(/approval/);
    await expect(late).toHaveCompensated('reserve');
    expect(passed()).toBe(9 * 86_400_000);
  });

  it('times a hanging call out, and the rest goes on', async () => {
    let hangs = true;
    t.override(Orders, {
      pack: (item) => (hangs ? ((hangs = false), new Promise<never>(() => undefined)) : `${item} packed`),
      approval: async () => 'ann',
    });
    const run = await t.start(Orders, 'main', order);
    await t.advance('9m');
    expect((await t.get(run))?.status).toBe('RUNNING');
    await t.advance('2m');
    await expect(run).toHaveCompleted();
    expect((await t.get(run))?.output).toBe('book packed, pen packed, says ann');
    await expect(run).toHaveAttempted('pack', 3);
  });

  it('ends the same wherever the process dies', async () => {
    t.override(Orders, { approval: async () => 'ann' });
    const crashes = await t.crashEverywhere(async (again) => {
      again.override(Orders, { approval: async () => 'ann' });
      expect(await again.run(Orders, 'main', { items: ['pen'] })).toBe('pen in box 0, says ann');
    });
    expect(crashes).toBeGreaterThanOrEqual(8);
  });

  it('starts late, ends by its deadline, and is found by its key', async () => {
    const run = await t.start(Orders, 'main', order, { delay: '3d', deadline: '5d', idempotencyKey: 'one' });
    expect((await t.start(Orders, 'main', order, { idempotencyKey: 'one' })).id).toBe(run.id);
    await expect(run).toHaveFailedWith({ code: 'DEADLINE_EXCEEDED' });
    expect(passed()).toBe(5 * 86_400_000);
  });
});

it('tells the same story on both stores', async () => {
  const story = async (store: string): Promise<{ timeline: string; passed: number; nodes: unknown }> => {
    await create(store);
    let failures = 2;
    t.override(Orders, {
      reserve: ({ items }) => {
        if (failures-- > 0) throw new Error('busy');
        return items;
      },
      pack: (item) => (item === 'pen' ? Promise.reject(new Error('no box')) : 'packed'),
    });
    const run = await t.start(Orders, 'main', order);
    await expect(run).toHaveFailedWith('no box');
    const record = await t.get(run);
    const told = { timeline: await t.timeline(run), passed: passed() };
    const nodes = record?.nodes.map(({ task, index, status, attempt, startedAt, finishedAt }) => {
      return { task, index, status, attempt, startedAt, finishedAt };
    });
    await t.close();
    return { ...told, nodes };
  };
  expect(await story('PostgreSQL')).toEqual(await story('memory'));
});

describe('on PostgreSQL', () => {
  beforeAll(() => query('CREATE TABLE ledger (key text PRIMARY KEY, amount int NOT NULL, at timestamptz NOT NULL)'));
  beforeEach(() => query('TRUNCATE ledger'));

  it('transactional tasks have their manager: what they do is there once, wherever the process dies', async () => {
    await create('PostgreSQL');
    const crashes = await t.crashEverywhere(async (again) => {
      await query('TRUNCATE ledger');
      await again.advance('1d');
      expect(await again.run(Ledger, 'main', 5)).toBe('booked');
      expect(await query('SELECT amount, at FROM ledger')).toEqual([{ amount: 5, at: new Date('2026-01-02') }]);
    });
    expect(crashes).toBe(4);
    await t.close();
  });

  it('each test runner has a schema of its own, which is gone when it is closed', async () => {
    const schemas = () => query("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'typeflow_test_%' ORDER BY 1");
    const one = await create('PostgreSQL');
    const two = await create('PostgreSQL');
    expect(await schemas()).toHaveLength(4);
    const run = await one.start(Ledger, 'main', 1);
    expect(await two.get(run)).toBeUndefined();
    await one.close();
    await one.close();
    await two.close();
    expect(await schemas()).toEqual([]);
  });

  it('a runner that cannot be made leaves nothing behind', async () => {
    const container = { createScope: 1 } as never;
    const options = { workflows: [Ledger], database: database.url, container };
    await expect(createTestRunner(options)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
    expect(await query("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'typeflow_test_%'")).toEqual([]);
  });

  it('is what the environment may ask for', async () => {
    process.env['TYPEFLOW_TEST_DATABASE'] = 'postgres://127.0.0.1:1/none';
    try {
      await expect(createTestRunner({ workflows: [Ledger] })).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
      await (await createTestRunner({ workflows: [Ledger], database: 'memory:' })).close();
    } finally {
      delete process.env['TYPEFLOW_TEST_DATABASE'];
    }
  });

  it.each(['pglite:', 'mysql://x'])('and %s is refused', async (url) => {
    await expect(createTestRunner({ workflows: [Ledger], database: url })).rejects.toThrow(
      /expected 'memory:' or 'postgres:/,
    );
  });
});
