import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { container as globalContainer } from 'tsyringe';
import {
  SealedValue,
  WorkflowRunner,
  aesGcmPayloads,
  all,
  defineWorkflow,
  each,
  failed,
  optional,
  signal,
} from '../../src';
import type { PayloadCodec, RunnerOptions, TaskContext } from '../../src';
import { createOperations } from '../../src/application/local-operations';
import { MemoryLogger } from '../fixtures/memory-logger';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';

const CANARY = 'canary-5105105105105100';
const approved = signal<{ note: string }>('approved');

const k1 = { id: 'k1', key: randomBytes(32) };
const k2 = { id: 'k2', key: randomBytes(32) };
const withK1 = aesGcmPayloads({ keys: [k1] });

let database: TestDatabase;
let runners: WorkflowRunner[];

beforeEach(async () => {
  database = await createTestDatabase();
  runners = [];
});

afterEach(async () => {
  await Promise.all(runners.map((runner) => runner.close()));
  await database.drop();
});

async function use(
  workflows: RunnerOptions['workflows'],
  payloads: PayloadCodec | undefined,
  options: Partial<RunnerOptions> = {},
): Promise<WorkflowRunner> {
  const runner = await WorkflowRunner.create({
    workflows,
    database: database.url,
    container: globalContainer.createChildContainer(),
    logger: new MemoryLogger(),
    ...(payloads && { payloads }),
    ...options,
    worker: options.worker !== false && { poll: '50ms', drain: '1s', ...options.worker },
  });
  runners.push(runner);
  return runner;
}

/** Every row of every table of the schema, as text. */
async function dump(): Promise<Record<string, readonly string[]>> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'typeflow' ORDER BY 1`,
    );
    const dumped: Record<string, readonly string[]> = {};
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(
        `SELECT row_to_json(t)::text AS row FROM typeflow."${name}" AS t`,
      );
      dumped[name] = rows.map(({ row }) => row);
    }
    return dumped;
  } finally {
    await client.end();
  }
}

function tablesWith(tables: Awaited<ReturnType<typeof dump>>, text: string): string[] {
  return Object.keys(tables).filter((name) => tables[name]?.some((row) => row.includes(text)));
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await isSo()) return;
    await sleep(25);
  }
  throw new Error(`gave up waiting for ${what}`);
}

const child = defineWorkflow('child')
  .flow('main', async (input: { card: string }) => ({ card: input.card }))
  .build();

interface Order {
  readonly card: string;
}

/** Everywhere where a run can have a secret. */
const everything = defineWorkflow('everything')
  .task('cards', async (order: Order) => [order.card, `${order.card}!`])
  .task('charge', { dependsOn: [each('cards')] }, async (card: string) => ({ card }))
  .task('flaky', { retries: { max: 1, backoff: 'constant', initialDelay: '10ms' } }, async (order: Order, ctx: TaskContext<Order>) => {
    ctx.logger.warn({ card: order.card }, `saw ${order.card}`);
    ctx.progress(0.5, `at ${order.card}`);
    if (ctx.attempt === 1) throw new TypeError(`bad ${order.card}`, { cause: new Error(`because of ${order.card}`) });
    return new Map([[order.card, 1]]);
  })
  .task('skipped', async (order: Order, ctx: TaskContext<Order>): Promise<string> => ctx.skip(`none for ${order.card}`))
  .task('broken', async (order: Order): Promise<string> => { throw Object.assign(new Error(order.card), { card: order.card }); })
  .task('mend', { dependsOn: [failed('broken')] }, async (error) => error.message)
  .task('remote', { queue: 'gpu' }, async (order: Order) => ({ card: order.card }))
  .task('inTransaction', { transactional: true }, async (order: Order) => ({ card: order.card }))
  .task('sub', async (order: Order, ctx: TaskContext<Order>) => ctx.child(child, 'main', { card: order.card }))
  .task('approval', async (_order: Order, ctx: TaskContext<Order>) => ctx.waitFor(approved))
  .flow(
    'main',
    { dependsOn: [all('charge'), 'flaky', 'mend', optional('skipped'), 'remote', 'inTransaction', 'sub', 'approval'] },
    async (_a, flaky: Map<string, number>, _b, _c, _d, _e, _f, approval: { note: string }, ctx: TaskContext<Order>) => ({ cards: [...flaky.keys(), approval.note, ctx.input.card] }),
  )
  .flow('fails', async (order: Order): Promise<string> => { throw new Error(`no ${order.card}`); })
  .build(); // prettier-ignore

async function runEverything(payloads: PayloadCodec | undefined) {
  const gpu = await use([everything, child], payloads, { worker: { queues: ['gpu'] } });
  const runner = await use([everything, child], payloads, { worker: { queues: ['default'] } });
  const input = { card: CANARY };
  const handle = await runner.start(everything, 'main', input, { idempotencyKey: 'one', tags: ['tag'] });
  await handle.signal(approved, { note: `ok ${CANARY}` });
  const output = await handle.result();
  const failing = await runner.start(everything, 'fails', input);
  await expect(failing.result()).rejects.toThrow(CANARY);
  await runner.fork(handle.id, { from: 'main' }).then((fork) => fork.result());
  await runner.start(everything, 'main', input, { from: handle.id }).then((again) => again.result());
  await runner.hold(everything, { flow: 'main', input });
  await runner.start(everything, 'main', input, { delay: '1d' });
  await runner.schedules.set('yearly', everything, 'main', { cron: '0 0 1 1 *', input });
  await until('log lines', async () => (await runner.logs(handle.id)).length > 0);
  return { runner, gpu, handle, failing, output };
}

describe('a payload codec', () => {
  it('leaves a secret in no table, wherever a run has it, and gives it back to those who have the key', async () => {
    const { runner, handle, failing, output } = await runEverything(withK1);
    const tables = await dump();
    expect(tablesWith(tables, CANARY)).toEqual([]);
    expect(tablesWith(tables, CANARY.slice(7))).toEqual([]);
    expect(tablesWith(tables, 'sealed')).toEqual(expect.arrayContaining(['log', 'node', 'run', 'schedule', 'signal']));
    expect(tablesWith(tables, 'tag')).toContain('run');

    expect(output).toEqual({ cards: [CANARY, `ok ${CANARY}`, CANARY] });
    const run = await runner.get(handle.id);
    const told = JSON.stringify(run);
    expect(told).not.toContain('sealed');
    const node = (name: string) => run?.nodes.find(({ task }) => task === name);
    expect(node('flaky')?.output).toEqual(new Map([[CANARY, 1]]));
    expect(node('flaky')?.attempts[0]?.error).toEqual({ name: 'TypeError', message: `bad ${CANARY}` });
    expect(node('skipped')?.reason).toEqual({ code: 'skipped-by-task', reason: `none for ${CANARY}` });
    expect(node('broken')?.error).toMatchObject({
      message: CANARY,
      card: CANARY,
      stack: expect.stringContaining(CANARY),
    });
    expect((await runner.get(failing.id))?.error?.message).toBe(`no ${CANARY}`);
    const line = { message: `saw ${CANARY}`, fields: { card: CANARY } };
    expect(await runner.logs(handle.id)).toMatchObject([line, line]);
    expect((await runner.schedules.list())[0]?.input).toEqual({ card: CANARY });
    expect((await runner.explain(failing.id)).toString()).toContain(CANARY);
    const events: unknown[] = [];
    for await (const event of runner.events(handle.id)) events.push(event);
    expect(JSON.stringify(events)).toContain(`at ${CANARY}`);
    const again = await runner.start(everything, 'main', { card: CANARY }, { idempotencyKey: 'one' });
    expect(again.id).toBe(handle.id);
  }, 60_000);

  it('is what keeps it out: without one the same runs leave it in five tables', async () => {
    await runEverything(undefined);
    expect(tablesWith(await dump(), CANARY)).toEqual(['log', 'node', 'run', 'schedule', 'signal']);
  }, 60_000);

  const waiting = defineWorkflow('waiting')
    .task('approval', async (_: Order, ctx: TaskContext<Order>) => ctx.waitFor(approved))
    .flow('main', { dependsOn: ['approval'] }, async ({ note }, ctx: TaskContext<Order>) => `${ctx.input.card} ${note}`)
    .build();

  it('goes on with runs that began without one', async () => {
    const before = await use([waiting], undefined);
    const { id } = await before.start(waiting, 'main', { card: 'plain' }, { idempotencyKey: 'k' });
    await before.signal(id, approved, { note: 'old' });
    await before.close();
    const after = await use([waiting], withK1);
    expect(await after.result(id)).toBe('plain old');
    expect((await after.start(waiting, 'main', { card: 'plain' }, { idempotencyKey: 'k' })).id).toBe(id);
    expect((await after.get(id))?.input).toEqual({ card: 'plain' });
  }, 30_000);

  it('goes on with runs of an earlier key, and seals with the new one', async () => {
    const before = await use([waiting], withK1);
    const { id } = await before.start(waiting, 'main', { card: CANARY }, { idempotencyKey: 'k' });
    await until('the wait', async () => (await before.get(id))?.status === 'WAITING');
    await before.close();
    const after = await use([waiting], aesGcmPayloads({ keys: [k2, k1] }));
    await after.signal(id, approved, { note: 'new' });
    expect(await after.result(id)).toBe(`${CANARY} new`);
    const { run = [] } = await dump();
    expect(run.map((row) => /"input":.*?"(k\d)\..*"output":.*?"(k\d)\./.exec(row)?.slice(1))).toEqual([['k1', 'k2']]);
  }, 30_000);

  it.each([
    ['another key', aesGcmPayloads({ keys: [k2] })],
    ['another key under its id', aesGcmPayloads({ keys: [{ id: 'k1', key: randomBytes(32) }] })],
    ['no codec', undefined],
  ])(
    'leaves runs to workers with its key: a worker with %s fails none',
    async (_what, payloads) => {
      const client = await use([waiting], withK1, { worker: false });
      const { id } = await client.start(waiting, 'main', { card: CANARY });
      await client.signal(id, approved, { note: 'ok' });
      const wrong = await use([waiting], payloads);
      await until('the refusal', async () => (await client.get(id))?.status === 'WAITING');
      expect((await client.explain(id)).run).toMatchObject({
        reason: { code: 'sealed', refusals: 1 },
        sentence: expect.stringMatching(/^its values could not be opened by a worker/),
      });
      expect((await wrong.get(id))?.input).toBeInstanceOf(SealedValue);
      const right = await use([waiting], withK1);
      expect(await right.result(id)).toBe(`${CANARY} ok`);
      await expect(wrong.result(id)).rejects.toMatchObject({ code: 'PAYLOAD_CODEC_FAILED', doing: 'opened' });
    },
    30_000,
  );

  const twoFlows = defineWorkflow('two-flows')
    .flow('main', async (order: Order) => `main ${order.card}`)
    .flow('other', async (order: Order) => `other ${order.card}`)
    .build();

  it.each([
    ['another key', aesGcmPayloads({ keys: [k2] })],
    ['no codec', undefined],
  ])(
    'hands a sealed input on as it is, and does not call it another one, where there is %s',
    async (_what, payloads) => {
      const right = await use([twoFlows], withK1);
      const { id } = await right.start(twoFlows, 'main', { card: CANARY }, { idempotencyKey: 'k' });
      await right.result(id);
      const held = await right.hold(twoFlows, { flow: 'main', input: { card: CANARY }, idempotencyKey: 'held' });
      await right.close();
      const wrong = await use([twoFlows], payloads, { worker: false });
      const sameKey = wrong.start(twoFlows, 'main', { card: CANARY }, { idempotencyKey: 'k' });
      await expect(sameKey).rejects.toMatchObject({ code: 'PAYLOAD_CODEC_FAILED' });
      const sameHeld = wrong.hold(twoFlows, { flow: 'main', input: { card: CANARY }, idempotencyKey: 'held' });
      await expect(sameHeld).rejects.toMatchObject({ code: 'PAYLOAD_CODEC_FAILED' });
      await expect(wrong.execute(held.id)).rejects.toMatchObject({ code: 'PAYLOAD_CODEC_FAILED' });
      const { run } = await createOperations(wrong).execute(id, { flow: 'other' });
      const again = await use([twoFlows], withK1);
      expect(await again.result(run.id)).toBe(`other ${CANARY}`);
    },
    30_000,
  );

  const remote = defineWorkflow('remote')
    .task('work', { queue: 'gpu' }, async (order: Order) => order.card)
    .flow('main', { dependsOn: ['work'] }, async (card: string, _ctx: TaskContext<Order>) => card)
    .build();

  it.each([
    ['another key', aesGcmPayloads({ keys: [k2] })],
    ['no codec', undefined],
  ])(
    'leaves calls to workers with its key: a worker with %s gives them back',
    async (_what, payloads) => {
      const wrongLog = new MemoryLogger();
      await use([remote], payloads, { worker: { queues: ['gpu'] }, logger: wrongLog });
      const owner = await use([remote], withK1, { worker: { queues: ['default'] } });
      const { id } = await owner.start(remote, 'main', { card: CANARY });
      const saysSo = () => wrongLog.lines.some(({ message }) => message.startsWith('a call cannot be opened here'));
      await until('the call to be given back', async () => saysSo());
      await use([remote], withK1, { worker: { queues: ['gpu'] } });
      expect(await owner.result(id)).toBe(CANARY);
      expect((await owner.get(id))?.nodes[0]).toMatchObject({ status: 'COMPLETED', attempt: 1 });
    },
    30_000,
  );
});
