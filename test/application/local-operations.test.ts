import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { container } from 'tsyringe';
import { z } from 'zod';
import { RunNotFoundError, WorkflowRunner, defineWorkflow, each, all, signal } from '../../src';
import type { TaskContext } from '../../src';
import { createOperations } from '../../src/application/local-operations';
import type { Operations } from '../../src/application/operations';
import { MemoryLogger } from '../fixtures/memory-logger';

const go = signal<string>('go');

let isDown = false;
const orders = defineWorkflow('orders', { version: '2' })
  .task('check', async (order: { total: number }) => order.total)
  .task('lines', { dependsOn: ['check'] }, async (n: number) => Array.from({ length: n }, (_, i) => i))
  .task('pack', { dependsOn: [each('lines')] }, async (n: number, ctx: TaskContext<{ total: number }>) => {
    ctx.logger.info({ secret: 'canary', n }, 'packed');
    if (isDown && n === 1) throw new Error('no boxes left');
    return n * 10;
  })
  .flow(
    'main',
    { dependsOn: [all('pack')], input: z.object({ total: z.number(), card: z.string().optional() }) },
    async (packed: number[], _ctx: TaskContext<{ total: number; card?: string | undefined }>) => ({
      packed,
      at: new Date(0),
    }),
  )
  .flow('quote', { dependsOn: ['check'] }, async (n: number, _ctx: TaskContext<{ total: number }>) => `costs ${n}`)
  .build();
const ping = defineWorkflow('ping')
  .task('wait', async (_: unknown, ctx: TaskContext<unknown>) => ctx.waitFor(go))
  .flow('main', { dependsOn: ['wait'] }, async (said: string, _ctx: TaskContext<unknown>) => said)
  .build();

describe('operations over a runner', () => {
  let runner: WorkflowRunner;
  let operations: Operations;

  beforeAll(async () => {
    runner = await WorkflowRunner.create({
      workflows: [orders, ping],
      database: 'memory:',
      container: container.createChildContainer(),
      logger: new MemoryLogger(),
      worker: { poll: '20ms' },
    });
    operations = createOperations(runner, { redact: ['card', 'secret'] });
  });
  beforeEach(() => void (isDown = false));
  afterAll(() => operations.close());

  const finished = async (id: string): Promise<void> => void (await runner.result(id).catch(() => undefined));
  const isJson = (value: unknown): void => expect(JSON.parse(JSON.stringify(value))).toEqual(value);

  it('create and start a run at once, and find it again by its key', async () => {
    const idempotencyKey = randomUUID();
    const params = { workflow: 'orders', flow: 'main', input: { total: 2, card: '4111' }, start: true, idempotencyKey };
    const made = await operations.create({ ...params, tags: ['vip'], priority: 2 });
    expect(made).toMatchObject({ workflow: 'orders', version: '2', flow: 'main', isNew: true, tags: ['vip'] });
    expect(made.input).toEqual({ total: 2, card: '[redacted]' });
    expect(await operations.create(params)).toMatchObject({ id: made.id, isNew: false });
    await finished(made.id);
    const run = await operations.get(made.id);
    isJson(run);
    expect(run).toMatchObject({ status: 'COMPLETED', output: { packed: [0, 10], at: '1970-01-01T00:00:00.000Z' } });
    expect(run.nodes.map(({ task, index, status }) => [task, index, status])).toContainEqual(['pack', 1, 'COMPLETED']);
    const lines = await operations.logs(made.id);
    expect(lines.map(({ message, fields }) => [message, fields])).toContainEqual([
      'packed',
      { secret: '[redacted]', n: 0 },
    ]);
  });

  it('hold a run until it is executed, and wait for its end if asked to', async () => {
    const held = await operations.create({ workflow: 'orders', start: false });
    expect(held).toMatchObject({ status: 'PENDING', isHeld: true });
    expect(held.flow).toBeUndefined();
    expect((await operations.explain(held.id)).run.sentence).toContain('created, waiting for execute');
    const executed = await operations.execute(held.id, { flow: 'quote', input: { total: 3 }, waitMs: 30_000 });
    expect(executed).toMatchObject({ outcome: 'finished', run: { status: 'COMPLETED', output: 'costs 3' } });

    // Executed again: the same flow is done, another one takes over what is done.
    expect(await operations.execute(held.id, {})).toMatchObject({ outcome: 'finished', run: { id: held.id } });
    const other = await operations.execute(held.id, { flow: 'main', waitMs: 30_000 });
    expect(other).toMatchObject({ outcome: 'forked', run: { forkedFrom: held.id, flow: 'main', status: 'COMPLETED' } });
    expect(other.run.id).not.toBe(held.id);
    const check = (await operations.get(other.run.id)).nodes.find(({ task }) => task === 'check');
    expect(check?.reusedFrom).toBe(held.id);
  });

  it('refuse to execute what was set going before, naming its status', async () => {
    const run = await operations.create({ workflow: 'ping', start: true });
    await expect(operations.execute(run.id, {})).rejects.toMatchObject({ code: 'RUN_NOT_HELD' });
    await operations.signal(run.id, 'go', { payload: 'on', id: 'one' });
    await operations.signal(run.id, 'go', { payload: 'off', id: 'one' });
    await finished(run.id);
    expect(await operations.get(run.id)).toMatchObject({ status: 'COMPLETED', output: 'on' });
    await expect(operations.execute(randomUUID(), {})).rejects.toBeInstanceOf(RunNotFoundError);
  });

  it('stop waiting when the caller leaves, and never the run', async () => {
    const held = await operations.create({ workflow: 'ping', start: false });
    const leaving = new AbortController();
    const executed = operations.execute(held.id, { waitMs: 60_000, signal: leaving.signal });
    await new Promise<void>((resolve) => setTimeout(resolve, 20));
    leaving.abort();
    expect(await executed).toMatchObject({ outcome: 'started' });
    await operations.signal(held.id, 'go', { payload: 1 });
    await finished(held.id);
    expect((await operations.get(held.id)).status).toBe('COMPLETED');
  });

  it('tell what happens in a run, to its end, and go on behind a cursor', async () => {
    const run = await operations.create({ workflow: 'orders', flow: 'main', input: { total: 1 }, start: true });
    const seen: string[] = [];
    let middle = '';
    for await (const event of operations.events(run.id, {})) {
      isJson(event);
      seen.push(`${event.type}:${String(event['task'] ?? event['status'])}`);
      if (event.type === 'node' && event['task'] === 'pack') middle = event.cursor;
    }
    expect(seen.at(-1)).toBe('run:COMPLETED');
    const rest: string[] = [];
    for await (const event of operations.events(run.id, { after: middle })) rest.push(event.type);
    expect(rest.length).toBeLessThan(seen.length);
    expect(rest.at(-1)).toBe('run');
    await expect(operations.events(randomUUID(), {})[Symbol.asyncIterator]().next()).rejects.toBeInstanceOf(
      RunNotFoundError,
    );
  });

  it('retry, fork and cancel', async () => {
    isDown = true;
    const run = await operations.create({ workflow: 'orders', flow: 'main', input: { total: 2 }, start: true });
    await finished(run.id);
    const failed = await operations.get(run.id);
    expect(failed).toMatchObject({ status: 'FAILED', error: { message: 'no boxes left', task: 'pack' } });
    expect(JSON.stringify(failed)).not.toMatch(/stack|\.ts:/);
    isDown = false;
    expect(await operations.retry(run.id, {})).toEqual({ id: run.id, workflow: 'orders', flow: 'main' });
    await finished(run.id);
    const fork = await operations.fork(run.id, { from: 'pack', index: 0 });
    expect(fork).toMatchObject({ workflow: 'orders', reused: ['check', 'lines', 'pack'] });
    await finished(fork.id);
    expect(await operations.cancel(fork.id, {})).toEqual({ isAccepted: false });
    await expect(operations.fork(run.id, { index: 1 })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });

  it('list pages by filter', async () => {
    const tag = randomUUID();
    for (let i = 0; i < 3; i += 1) await operations.create({ workflow: 'orders', start: false, tags: [tag] });
    const first = await operations.list({ tags: [tag], createdAfter: '2020-01-01T00:00:00Z' }, { limit: 2 });
    isJson(first);
    expect(first.items).toHaveLength(2);
    const second = await operations.list({ tags: [tag] }, { limit: 2, cursor: first.cursor as string });
    expect(second.items).toHaveLength(1);
    expect(second.cursor).toBeUndefined();
    await expect(operations.list({ createdBefore: 'soon' }, {})).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });

  it('cancel and retry many, and in a dry run only count', async () => {
    const tag = randomUUID();
    for (let i = 0; i < 3; i += 1) {
      const served = { queue: 'by nobody', tags: [tag] };
      await operations.create({ workflow: 'orders', flow: 'quote', input: { total: 1 }, start: true, ...served });
    }
    const counted = await operations.cancelMany({ tags: [tag] }, { dryRun: true });
    expect(counted).toEqual({ matched: 3, changed: 0, isDryRun: true, isMore: false, failures: [] });
    expect(await operations.cancelMany({ tags: [tag] }, { dryRun: false })).toMatchObject({ matched: 3, changed: 3 });
    expect((await operations.list({ tags: [tag], status: ['CANCELLED'] }, {})).items).toHaveLength(3);
    expect(await operations.retryMany({ tags: [tag] }, { dryRun: false })).toMatchObject({ matched: 3, changed: 3 });
    const open = await operations.create({ workflow: 'orders', start: false, tags: [tag] });
    await operations.cancel(open.id, {});
    const retried = await operations.retryMany({ tags: [tag] }, { dryRun: false });
    expect(retried).toMatchObject({ changed: 0, failures: [{ id: open.id, code: 'RUN_NOT_EXECUTED' }] });
    await operations.cancelMany({ tags: [tag] }, { dryRun: false });
    for (const filter of [{}, { status: ['PENDING'] as const }, { tags: [] }, { text: '' }, { tags: [], queue: '' }]) {
      await expect(operations.cancelMany(filter, { dryRun: false })).rejects.toThrow('would mean every run');
      await expect(operations.retryMany({ ...filter, status: ['FAILED'] }, { dryRun: false })).rejects.toThrow(
        'would mean every run',
      );
    }
    await expect(operations.cancelMany({ tags: [tag], status: ['FAILED'] }, { dryRun: true })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
    });
  });

  it('say what there is: definitions, plans, schedules, workers, queues, health', async () => {
    const definitions = await operations.definitions();
    isJson(definitions);
    expect(definitions.map(({ name, version }) => [name, version])).toEqual([
      ['orders', '2'],
      ['ping', undefined],
    ]);
    expect(definitions[0]?.flows[0]).toMatchObject({ name: 'main', inputSchema: { type: 'object' } });
    expect(await operations.plan({ workflow: 'ping' })).toMatchObject({ flow: 'main', order: ['wait', 'main'] });
    await expect(operations.plan({ workflow: 'orders' })).rejects.toThrow('flow is missing');
    await expect(operations.plan({ workflow: 'nothing' })).rejects.toMatchObject({ code: 'WORKFLOW_NOT_REGISTERED' });

    const schedule = { workflow: 'orders', flow: 'quote', cron: '0 3 * * *', input: { total: 1, card: '4111' } };
    expect(await operations.setSchedule('nightly', schedule)).toMatchObject({
      input: { total: 1, card: '[redacted]' },
    });
    await operations.pauseSchedule('nightly');
    expect((await operations.schedules())[0]?.pausedAt).toEqual(expect.any(String));
    await operations.resumeSchedule('nightly');
    const ref = await operations.triggerSchedule('nightly');
    await finished(ref.id);
    expect(await operations.removeSchedule('nightly')).toEqual({ isRemoved: true });
    expect(await operations.removeSchedule('nightly')).toEqual({ isRemoved: false });
    const gone = { code: 'SCHEDULE_NOT_FOUND' };
    await expect(operations.pauseSchedule('nightly')).rejects.toMatchObject(gone);
    await expect(operations.resumeSchedule('nightly')).rejects.toMatchObject(gone);
    await expect(operations.triggerSchedule('nightly')).rejects.toMatchObject(gone);

    expect(await operations.workers()).toMatchObject([{ queues: ['default'], workflows: ['orders', 'ping'] }]);
    expect(await operations.queues()).toMatchObject([{ queue: 'default', workers: 1 }]);
    const health = await operations.health();
    isJson(health);
    expect(health).toMatchObject({ isReady: true, store: 'memory', worker: { isConnected: true } });
    expect(await operations.cleanup({ olderThan: '30d' })).toEqual({ deleted: 0, isComplete: true });
  });

  it('refuse start options of a held run', async () => {
    await expect(operations.create({ workflow: 'ping', start: false, delay: '1h' })).rejects.toThrow(
      'delay is for runs that start by themselves',
    );
    const later = await operations.create({ workflow: 'ping', start: true, delay: '1h' });
    expect(later).toMatchObject({ status: 'PENDING', isHeld: false });
    expect(later.wakeAt).toEqual(expect.any(String));
  });
});
