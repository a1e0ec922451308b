import { randomUUID } from 'node:crypto';
import { completed, serve } from './served';
import type { Served } from './served';

describe('the routes of the service', () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve();
  });
  afterAll(() => served.close());

  const finished = async (id: string): Promise<void> => void (await served.runner.result(id).catch(() => undefined));

  it('create a run that is held, and set it going', async () => {
    const { call } = served;
    const held = await call('POST', '/workflows', { name: 'orders', flow: 'main', input: { total: 2 } });
    expect(held.status).toBe(201);
    expect(held.headers.get('location')).toBe(`/workflows/${held.body.id}`);
    expect(held.body).toMatchObject({ status: 'PENDING', isHeld: true, workflow: 'orders', flow: 'main' });
    const explained = await call('GET', `/workflows/${held.body.id}/explain`);
    expect(explained.body.run.sentence).toBe('created, waiting for execute');

    const executed = await call('POST', `/workflows/${held.body.id}/execute`, { wait: '20s' });
    expect([executed.status, executed.body.status]).toEqual([200, 'COMPLETED']);
    expect(executed.body.output).toEqual({ packed: [0, 10] });
    const run = await call('GET', held.headers.get('location') ?? '');
    expect(run.body.nodes.map((node: { task: string }) => node.task)).toContain('pack');
    const logs = await call('GET', `/workflows/${held.body.id}/logs`);
    expect(logs.body.items.map((line: { message: string }) => line.message)).toEqual(['packed', 'packed']);
  });

  it('answer 202 without waiting, and leave the flow open until execute names it', async () => {
    const { call } = served;
    const held = await call('POST', '/workflows', { name: 'orders' });
    expect(held.body.flow).toBeUndefined();
    const unnamed = await call('POST', `/workflows/${held.body.id}/execute`);
    expect([unnamed.status, unnamed.body.code]).toEqual([400, 'ARGUMENT_INVALID']);
    const wrong = await call('POST', `/workflows/${held.body.id}/execute`, { flow: 'main', input: { total: 'two' } });
    expect([wrong.status, wrong.body.code]).toEqual([400, 'PAYLOAD_INVALID']);
    expect(wrong.body.errors).toEqual([{ in: 'body', pointer: '/input/total', detail: expect.any(String) }]);
    const going = await call('POST', `/workflows/${held.body.id}/execute`, { flow: 'quote', input: { total: 3 } });
    expect(going.status).toBe(202);
    await finished(held.body.id);
    expect((await call('GET', `/workflows/${held.body.id}`)).body.output).toBe('costs 3');
  });

  it('answer execute by the status of the run', async () => {
    const { call } = served;
    const id = await completed(call, 'orders', { total: 1 });
    const again = await call('POST', `/workflows/${id}/execute`, { flow: 'main' });
    expect([again.status, again.body.id, again.body.output]).toEqual([200, id, { packed: [0] }]);

    const other = await call('POST', `/workflows/${id}/execute`, { flow: 'quote', wait: 20_000 });
    expect([other.status, other.body.forkedFrom, other.body.output]).toEqual([201, id, 'costs 1']);
    expect(other.headers.get('location')).toBe(`/workflows/${other.body.id}`);

    const waiting = await call('POST', '/workflows', { name: 'ask', start: true });
    const busy = await call('POST', `/workflows/${waiting.body.id}/execute`);
    expect([busy.status, busy.body.code]).toEqual([409, 'RUN_NOT_HELD']);
    expect(busy.body.runStatus).toMatch(/PENDING|RUNNING|WAITING/);
    await call('POST', `/workflows/${waiting.body.id}/cancel`, { reason: 'enough' });
    await finished(waiting.body.id);

    const failed = await completed(call, 'broken', 'no');
    for (const [run, runStatus] of [
      [waiting.body.id, 'CANCELLED'],
      [failed, 'FAILED'],
    ]) {
      const refused = await call('POST', `/workflows/${run}/execute`);
      expect([refused.status, refused.body.runStatus, refused.body.runId]).toEqual([409, runStatus, run]);
      expect(refused.body.detail).toContain('retry');
    }
  });

  it('find a run again by its Idempotency-Key', async () => {
    const { call } = served;
    const key = { 'idempotency-key': randomUUID() };
    const body = { name: 'echo', input: { a: 1 }, start: true };
    const first = await call('POST', '/workflows', body, key);
    const second = await call('POST', '/workflows', body, key);
    expect([first.status, second.status, second.body.id]).toEqual([201, 200, first.body.id]);
    const other = await call('POST', '/workflows', { ...body, input: 2 }, key);
    expect([other.status, other.body.code, other.body.runId]).toEqual([409, 'IDEMPOTENCY_CONFLICT', first.body.id]);

    // A key is one of its workflow.
    const elsewhere = await call('POST', '/workflows', { name: 'ask', flow: 'main' }, key);
    expect([elsewhere.status, elsewhere.body.workflow]).toEqual([201, 'ask']);
    const { body: described } = await call('GET', '/openapi.json');
    for (const path of ['/workflows', '/workflows/{id}/fork']) {
      const [header] = described.paths[path].post.parameters.filter((one: { in: string }) => one.in === 'header');
      expect(header.schema.description).toMatch(/^At most one run of the workflow has this key/);
    }

    await finished(first.body.id);
    const forkKey = { 'idempotency-key': randomUUID() };
    const fork = await call('POST', `/workflows/${first.body.id}/fork`, { from: 'main' }, forkKey);
    const refork = await call('POST', `/workflows/${first.body.id}/fork`, { from: 'main' }, forkKey);
    expect([fork.status, fork.body.id]).toEqual([201, refork.body.id]);
    expect(fork.headers.get('location')).toBe(`/workflows/${fork.body.id}`);
  });

  it('cancel, retry and signal', async () => {
    const { call } = served;
    const run = (await call('POST', '/workflows', { name: 'ask', start: true })).body.id;
    const cancelled = await call('POST', `/workflows/${run}/cancel`, { reason: 'no more' });
    expect([cancelled.status, cancelled.body]).toEqual([202, { isAccepted: true }]);
    await finished(run);
    expect(await call('POST', `/workflows/${run}/cancel`)).toMatchObject({ status: 200, body: { isAccepted: false } });
    const retried = await call('POST', `/workflows/${run}/retry`);
    expect([retried.status, retried.body]).toEqual([202, { id: run, workflow: 'ask', flow: 'main' }]);
    const sent = await call('POST', `/workflows/${run}/signal/approved`, { payload: { by: 'ann' }, id: 'click' });
    expect([sent.status, sent.text]).toEqual([204, '']);
    await finished(run);
    expect((await call('GET', `/workflows/${run}`)).body).toMatchObject({ status: 'COMPLETED', output: { by: 'ann' } });
    expect((await call('POST', `/workflows/${run}/retry`)).body.code).toBe('RUN_NOT_RETRYABLE');
    expect((await call('POST', `/workflows/${run}/signal/approved`)).body.code).toBe('RUN_OVER');
  });

  it('list by filters, page by page', async () => {
    const { call } = served;
    const tag = randomUUID();
    for (const input of [1, 2, 3]) await call('POST', '/workflows', { name: 'echo', input, tags: [tag, 'list'] });
    const first = await call('GET', `/workflows?tag=${tag}&tag=list&limit=2`);
    expect(first.body.items.map((run: { input: number }) => run.input)).toEqual([3, 2]);
    const second = await call('GET', `/workflows?tag=${tag}&limit=2&cursor=${first.body.cursor}`);
    expect(second.body.items.map((run: { input: number }) => run.input)).toEqual([1]);
    expect(second.body.cursor).toBeUndefined();
    const none = await call('GET', `/workflows?tag=${tag}&status=FAILED&status=CANCELLED`);
    expect(none.body).toEqual({ items: [] });
    const failed = await completed(call, 'broken', `boom ${tag}`);
    const found = await call('GET', `/workflows?text=BOOM%20${tag}&workflow=broken&createdAfter=2020-01-01T00:00:00Z`);
    expect(found.body.items.map((run: { id: string }) => run.id)).toEqual([failed]);
  });

  it('act on many runs by a filter, after counting them', async () => {
    const { call } = served;
    const tag = randomUUID();
    for (const input of [1, 2]) await call('POST', '/workflows', { name: 'ask', input, tags: [tag] });
    const filter = { tags: [tag] };
    const counted = await call('POST', '/workflows/cancel', { filter, dryRun: true });
    expect(counted.body).toMatchObject({ matched: 2, changed: 0, isDryRun: true });
    expect((await call('GET', `/workflows?tag=${tag}&status=PENDING`)).body.items).toHaveLength(2);
    const cancelled = await call('POST', '/workflows/cancel', { filter, reason: 'all of them' });
    expect(cancelled.body).toMatchObject({ matched: 2, changed: 2, isDryRun: false, isMore: false });
    const retried = await call('POST', '/workflows/retry', { filter });
    expect([retried.status, retried.body.matched]).toEqual([200, 2]);
    for (const wrong of [{}, { filter: {} }, { filter: { status: ['PENDING'] } }, { filter: { status: [] } }]) {
      expect((await call('POST', '/workflows/cancel', wrong)).status).toBe(400);
    }
    const cleaned = await call('POST', '/workflows/cleanup', { olderThan: '1h' });
    expect([cleaned.status, cleaned.body]).toEqual([200, { deleted: 0, isComplete: true }]);
  });

  it('show workflows, plans, workers, queues and themselves', async () => {
    const { call } = served;
    const definitions = (await call('GET', '/definitions')).body.items;
    expect(definitions.map((one: { name: string }) => one.name)).toEqual(['orders', 'ask', 'echo', 'broken']);
    expect(definitions[0].flows[0].inputSchema.properties.total).toEqual({ type: 'number' });
    expect((await call('GET', '/definitions/orders/plan?flow=quote')).body.order).toEqual(['check', 'quote']);
    expect((await call('GET', '/definitions/nobody/plan')).body.code).toBe('WORKFLOW_NOT_REGISTERED');
    expect((await call('GET', '/workers')).body.items).toHaveLength(1);
    expect((await call('GET', '/queues')).body.items[0]).toMatchObject({ queue: 'default', workers: 1 });
    expect((await call('GET', '/health')).body).toEqual({ status: 'ok', version: expect.any(String) });
    expect((await call('GET', '/ready')).body).toMatchObject({ isReady: true, store: 'memory' });
    const metrics = await call('GET', '/metrics');
    expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(metrics.text).toContain('typeflow_queue_workers{queue="default"} 1\n');
    expect((await call('GET', '/openapi.json')).body.openapi).toBe('3.1.0');
  });

  it('set, pause, resume, trigger and remove schedules', async () => {
    const { call } = served;
    const body = {
      workflow: 'echo',
      flow: 'main',
      cron: '0 3 * * *',
      input: 'night',
      overlap: 'queue',
      catchUp: 'none',
    };
    const put = await call('PUT', '/schedules/nightly', body);
    expect([put.status, put.body.nextAt]).toEqual([200, expect.stringMatching(/T03:00/)]);
    expect((await call('POST', '/schedules/nightly/pause')).status).toBe(204);
    expect((await call('GET', '/schedules')).body.items[0].pausedAt).toEqual(expect.any(String));
    expect((await call('POST', '/schedules/nightly/resume')).status).toBe(204);
    const triggered = await call('POST', '/schedules/nightly/trigger');
    expect(triggered.status).toBe(201);
    await finished(triggered.body.id);
    expect((await call('GET', triggered.headers.get('location') ?? '')).body.output).toBe('night');
    expect((await call('DELETE', '/schedules/nightly')).body).toEqual({ isRemoved: true });
    expect((await call('DELETE', '/schedules/nightly')).body).toEqual({ isRemoved: false });
    expect((await call('POST', '/schedules/nightly/pause')).status).toBe(404);
    expect((await call('PUT', '/schedules/bad', { ...body, cron: 'never' })).status).toBe(400);
  });
});
