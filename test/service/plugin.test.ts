import 'reflect-metadata';
import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import { container } from 'tsyringe';
import { ConfigurationError, WorkflowRunner } from '../../src';
import { createOperations, createService, typeflowService } from '../../src/service';
import type { Role, TypeflowServiceOptions } from '../../src/service';
import { prometheusMetrics } from '../../src/telemetry/metrics/prometheus-metrics';
import { MemoryLogger } from '../fixtures/memory-logger';
import { clientOf, completed, serve, workflows } from './served';
import type { Call } from './served';

describe('the service inside an application', () => {
  let runner: WorkflowRunner;
  let app: FastifyInstance;
  let call: Call;

  beforeAll(async () => {
    runner = await WorkflowRunner.create({
      workflows,
      database: 'memory:',
      container: container.createChildContainer(),
      logger: new MemoryLogger(),
    });
    app = fastify();
    app.addHook('onRequest', async ({ headers }) => {
      if (headers['x-user'] === undefined) throw Object.assign(new Error('who are you?'), { statusCode: 401 });
    });
    app.setErrorHandler(async (error, _, reply) => reply.code(401).send({ own: (error as Error).message }));
    app.post('/own', async ({ body }) => ({ body }));
    await app.register(typeflowService, {
      prefix: '/flows',
      runner,
      redact: ['card'],
      auth: 'host',
      role: ({ headers }) => headers['x-user'] as Role,
      logger: new MemoryLogger(),
    });
    call = clientOf(await app.listen({ port: 0, host: '127.0.0.1' }), { 'x-user': 'admin' });
  });
  afterAll(async () => {
    await app.close();
    await runner.close();
  });

  it('answers under its prefix, to whom the application has let in', async () => {
    const held = await call('POST', '/flows/workflows', { name: 'echo', input: { card: '4111', n: 1 } });
    expect([held.status, held.headers.get('location')]).toEqual([201, `/flows/workflows/${held.body.id}`]);
    expect(held.body.input).toEqual({ card: '[redacted]', n: 1 });
    expect((await call('GET', held.headers.get('location') ?? '')).body.id).toBe(held.body.id);
    expect((await call('GET', '/flows/openapi.json')).body.servers).toEqual([{ url: '/flows' }]);
    const viewer = { 'x-user': 'viewer' };
    expect((await call('POST', '/flows/workflows', { name: 'echo' }, viewer)).body.code).toBe('FORBIDDEN');
    expect((await call('GET', '/flows/workflows', undefined, viewer)).status).toBe(200);
  });

  it.each([
    ['/b/', '/b'],
    ['/t/:tenant', '/t/acme%20%2F1'],
    ['/', ''],
    ['/deep/:a-:b/flows/', '/deep/x-y/flows'],
  ])('names runs by addresses that can be asked for: mounted at %s', async (prefix, base) => {
    const other = fastify();
    await other.register(typeflowService, { prefix, runner, auth: 'host' });
    const ask = clientOf(await other.listen({ port: 0, host: '127.0.0.1' }));
    const held = await ask('POST', `${base}/workflows`, { name: 'echo', flow: 'main', input: '/?#' });
    expect([held.status, held.headers.get('location')]).toEqual([201, `${base}/workflows/${held.body.id}`]);
    const run = await ask('GET', held.headers.get('location') ?? '');
    expect([run.status, run.body.id]).toEqual([200, held.body.id]);
    await ask('POST', `${base}/workflows/${held.body.id}/execute`, { wait: '20s' });
    const fork = await ask('POST', `${base}/workflows/${held.body.id}/fork`, { from: 'main' });
    expect([fork.status, fork.headers.get('location')]).toEqual([201, `${base}/workflows/${fork.body.id}`]);
    expect((await ask('GET', `${base}/openapi.json`)).body.servers).toEqual([{ url: base || '/' }]);
    await other.close();
  });

  it('refuses what Fastify would convert or leave out, whatever the application has set', async () => {
    for (const body of [
      { name: 'echo', priority: '1' },
      { name: 'echo', start: 'true' },
      { name: 'echo', more: 1 },
      { name: 1 },
    ]) {
      expect((await call('POST', '/flows/workflows', body)).body.code).toBe('REQUEST_INVALID');
    }
  });

  it('leaves the application as it is', async () => {
    const own = await call('POST', '/own', 'a text', { 'content-type': 'text/plain' });
    expect([own.status, own.body]).toEqual([200, { body: 'a text' }]);
    expect(own.headers.get('content-security-policy')).toBeNull();
    const { url } = { url: (app.server.address() as { port: number }).port };
    const nobody = clientOf(`http://127.0.0.1:${url}`);
    const refused = await nobody('POST', '/own', {});
    expect([refused.status, refused.body]).toEqual([401, { own: 'who are you?' }]);
    expect((await nobody('GET', '/flows/workflows')).status).toBe(401);
  });

  it.each<[string, Partial<TypeflowServiceOptions>, string]>([
    ['no word of who is let in', {}, 'needs auth'],
    ['tokens that are nowhere', { auth: 'tokens' }, "auth: 'tokens' needs tokens"],
    [
      'tokens that are not asked for',
      { auth: 'host', tokens: [{ name: 'a', role: 'admin', token: 'a'.repeat(32) }] },
      'leave out',
    ],
    ['an option that is misspelt', { auth: 'host', redacted: ['card'] } as object, 'did you mean "service.redact"?'],
    ['a port', { auth: 'host', port: 80 } as object, 'there is no option "service.port"'],
    ['a limit that is misspelt', { auth: 'host', limits: { stream: 1 } as object }, 'did you mean "service.limits.str'],
    ['a redaction that is none', { auth: 'host', redact: 5 as never }, 'service.redact must be a list'],
    ['a role that is no function', { auth: 'host', role: 'viewer' as never }, 'service.role must be a function'],
    ['a short token', { auth: 'tokens', tokens: [{ name: 'a', role: 'admin', token: 'a' }] }, '32 to 512'],
  ])('is not mounted with %s', async (_, options, said) => {
    const other = fastify();
    const mounted = other.register(typeflowService, { runner, ...options } as TypeflowServiceOptions).after();
    const refused = await Promise.resolve(mounted).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigurationError);
    expect((refused as Error).message).toContain(said);
  });

  it('needs one thing to serve', async () => {
    for (const options of [{}, { runner, operations: createOperations(runner) }] as const) {
      const other = fastify();
      const mounted = Promise.resolve(other.register(typeflowService, { auth: 'host', ...options }).after());
      await expect(mounted).rejects.toBeInstanceOf(ConfigurationError);
    }
  });
});

describe('a service by itself', () => {
  it('limits the requests of a client', async () => {
    const served = await serve({ limits: { requestsPerMinute: 5 } });
    const statuses = [];
    for (let i = 0; i < 7; i += 1) statuses.push((await served.call('GET', '/health')).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
    await served.close();
  });

  it('keeps a record of who changed what', async () => {
    const token = 't'.repeat(32);
    const served = await serve({ tokens: [{ name: 'ann', role: 'admin', token }] });
    const call = clientOf(served.url, { authorization: `Bearer ${token}` });
    const id = await completed(call, 'echo', 'canary-input');
    await call('GET', `/workflows/${id}`);
    const lines = served.log.lines.filter(({ message }) => message === 'request');
    expect(
      lines.map(({ level, fields }) => [level, fields['client'], fields['method'], fields['route'], fields['status']]),
    ).toEqual([
      ['info', 'ann', 'POST', '/workflows', 201],
      ['info', 'ann', 'POST', '/workflows/:id/execute', 200],
      ['debug', 'ann', 'GET', '/workflows/:id', 200],
    ]);
    expect(lines[1]?.fields['runId']).toBe(id);
    expect(JSON.stringify(lines)).not.toMatch(/canary|tttt/);
    await served.close();
  });

  it('says that it is not ready when its runner is closed', async () => {
    const served = await serve();
    await served.runner.close();
    const answer = await served.call('GET', '/workflows');
    expect([answer.status, answer.body.code, answer.body.detail]).toEqual([503, 'RUNNER_CLOSED', undefined]);
    const ready = await served.call('GET', '/ready');
    expect([ready.status, ready.body.isReady]).toEqual([503, false]);
    expect((await served.call('GET', '/health')).status).toBe(200);
    await served.close();
  });

  it('shows what the application collects beside its own figures, every metric once', async () => {
    const metrics = prometheusMetrics();
    const served = await serve({ metrics }, 'memory:', { telemetry: metrics.telemetry });
    await completed(served.call, 'echo');
    const { text } = await served.call('GET', '/metrics');
    expect(text).toContain('typeflow_runs_total{workflow="echo",flow="main",outcome="completed"} 1\n');
    expect(text).toContain('typeflow_queue_depth{queue="default"} 0\n');
    expect(text).toContain('typeflow_queue_workers{queue="default"} 1\n');
    expect(text).toContain('typeflow_service_streams 0\n');
    const types = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(new Set(types).size).toBe(types.length);
    expect(text.split('\n').filter((line) => !/^(# (HELP|TYPE) .+|\w+(\{.*\})? \S+|)$/.test(line))).toEqual([]);
    await served.close();
  });

  it('names its address for browsers', async () => {
    const tokens = [{ name: 'a', role: 'admin', token: 'a'.repeat(32) }] as const;
    const runner = (await serve()) satisfies { close(): Promise<void> };
    const service = await createService(runner.runner, { host: '0.0.0.0', port: 0, tokens });
    expect(service.url).toBe(`http://localhost:${service.address.port}`);
    await service.close();
    await runner.close();
  });
});
