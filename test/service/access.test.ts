import 'reflect-metadata';
import { request } from 'node:http';
import { fastify } from 'fastify';
import { typeflowService } from '../../src/service';
import type { Role } from '../../src/service';
import { TokenDesk, tokensFromEnvironment } from '../../src/service/access/tokens';
import { MemoryLogger } from '../fixtures/memory-logger';
import { RUN, secret, tokens, watchedOperations } from './access-fixture';
import { describeService } from './describe-service';
import { clientOf, serve } from './served';
import type { Call, Served } from './served';

const { routes } = describeService();
const addressOf = (url: string): string => url.replace(':id', RUN).replace(':name', 'nobody');

describe('a service with tokens', () => {
  const { operations, asked } = watchedOperations();
  const found: { method: string; url: string }[] = [];
  const app = fastify();
  const log = new MemoryLogger();
  let call: Call;

  beforeAll(async () => {
    app.addHook('onRoute', ({ method, url }) => void found.push({ method: String(method), url }));
    const limits = { failuresPerMinute: 10_000 };
    await app.register(typeflowService, { prefix: '/flows', operations, auth: 'tokens', tokens, limits, logger: log });
    call = clientOf(await app.listen({ port: 0, host: '127.0.0.1' }));
  });
  afterAll(() => app.close());
  beforeEach(() => void (asked.length = 0));

  const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
    call(method, addressOf(path), undefined, headers);
  const bearer = (role: Role): Record<string, string> => ({ authorization: `Bearer ${secret(role)}` });

  it('answers 401 at every route of the router to whoever has none of them', async () => {
    expect(found.length).toBeGreaterThanOrEqual(26);
    for (const { method, url } of found) {
      for (const authorization of [
        '',
        'Bearer ',
        `Bearer ${secret('other')}`,
        `Basic ${secret('admin')}`,
        'Bearer undefined',
      ]) {
        const answer = await ask(method, url, authorization === '' ? {} : { authorization });
        expect([method, url, answer.status, answer.body.code]).toEqual([method, url, 401, 'UNAUTHENTICATED']);
        expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="typeflow"');
      }
    }
    expect(asked).toEqual([]);
  });

  it('takes a token from no other place than its header', async () => {
    const token = secret('admin');
    for (const headers of [
      { cookie: `token=${token}` },
      { 'x-api-key': token },
      { 'proxy-authorization': `Bearer ${token}` },
    ]) {
      expect((await ask('GET', '/flows/workflows', headers)).status).toBe(401);
    }
    expect((await ask('GET', `/flows/workflows?token=${token}&access_token=${token}`)).status).toBe(401);
  });

  it('lets a viewer change nothing', async () => {
    const changing = found.filter(({ method }) => method !== 'GET');
    expect(changing.length).toBeGreaterThanOrEqual(13);
    for (const { method, url } of changing) {
      const answer = await ask(method, url, bearer('viewer'));
      expect([method, url, answer.status, answer.body.code]).toEqual([method, url, 403, 'FORBIDDEN']);
    }
    expect(asked).toEqual([]);
  });

  it('has every reading route read only, and open to a viewer', async () => {
    for (const { method, url } of found.filter((one) => one.method === 'GET')) {
      expect([url, (await ask(method, url, bearer('viewer'))).status]).not.toEqual([url, 403]);
    }
    const reading = [
      'definitions',
      'plan',
      'list',
      'get',
      'explain',
      'events',
      'logs',
      'schedules',
      'workers',
      'queues',
      'health',
    ];
    expect(asked.filter((name) => !reading.includes(name))).toEqual([]);
  });

  it('keeps for an admin what concerns many runs, or goes on by itself', async () => {
    const refused: string[] = [];
    for (const { method, url } of found) {
      const answer = await ask(method, url, bearer('operator'));
      if (answer.status === 403) refused.push(`${method} ${url}`);
    }
    expect(refused.sort()).toEqual([
      'DELETE /flows/schedules/:name',
      'POST /flows/workflows/cancel',
      'POST /flows/workflows/cleanup',
      'POST /flows/workflows/retry',
      'PUT /flows/schedules/:name',
    ]);
    for (const { method, path: url } of routes) {
      expect((await ask(method, `/flows${url}`, bearer('admin'))).status).not.toBe(403);
    }
  });

  it('writes no token into an answer or a line of its log', async () => {
    const canary = secret('canary');
    for (const authorization of [`Bearer ${canary}`, `Bearer ${secret('admin')}`]) {
      const answer = await ask('GET', `/flows/workflows/${RUN}`, { authorization });
      expect(JSON.stringify([...answer.headers, answer.text])).not.toContain(authorization.slice(7));
    }
    const lines = JSON.stringify(log.lines);
    for (const token of [canary, ...tokens.map((one) => one.token)]) expect(lines).not.toContain(token);
    expect(lines).toContain('the-admin');
  });
});

describe('a service that listens', () => {
  let served: Served;
  const limits = { failuresPerMinute: 5 };
  beforeAll(async () => {
    served = await serve({ tokens, limits, allowedHosts: ['flows.example'] });
  });
  afterAll(() => served.close());

  it('asks for a token at paths that do not exist, too', async () => {
    expect((await served.call('GET', '/nowhere')).status).toBe(401);
    const admin = { authorization: `Bearer ${secret('admin')}` };
    expect((await served.call('GET', '/nowhere', undefined, admin)).body.code).toBe('ROUTE_NOT_FOUND');
  });

  it('answers 429 to who is refused too often, and lets in who has a right token all the same', async () => {
    const wrong = clientOf(served.url, { authorization: `Bearer ${secret('wrong')}` });
    const answers = [];
    for (let i = 0; i < 12; i += 1) answers.push(await wrong('GET', '/health'));
    const last = answers.at(-1);
    expect([answers.length > 5, last?.status, last?.body.code]).toEqual([true, 429, 'TOO_MANY_REQUESTS']);
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    const viewer = await served.call('GET', '/health', undefined, { authorization: `Bearer ${secret('viewer')}` });
    expect(viewer.status).toBe(200);
  });

  it('answers to its own names only, on every method', async () => {
    const { port } = new URL(served.url);
    const status = (host: string, method = 'GET', target = '/health'): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const headers = { host, authorization: `Bearer ${secret('admin')}`, 'content-type': 'application/json' };
        const sent = request({ port, host: '127.0.0.1', path: target, method, headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        sent.on('error', reject);
        sent.end();
      });
    for (const host of [
      `127.0.0.1:${port}`,
      'localhost',
      `LOCALHOST:${port}`,
      '[::1]:1',
      '192.168.1.7',
      'flows.example:80',
    ]) {
      expect([host, await status(host)]).toEqual([host, 200]);
    }
    const foreign = [
      'evil.example',
      `evil.example:${port}`,
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'x@localhost',
    ];
    for (const host of foreign) {
      expect([host, await status(host)]).toEqual([host, 403]);
      expect([host, await status(host, 'GET', `/workflows/${RUN}/events`)]).toEqual([host, 403]);
      expect([host, await status(host, 'POST', '/workflows')]).toEqual([host, 403]);
    }
  });
});

describe('tokens', () => {
  it('are read with names and without', () => {
    const env = { TYPEFLOW_TOKENS: `ci:operator:${'b'.repeat(32)}\n viewer:${'c'.repeat(40)}` };
    expect(tokensFromEnvironment(env)).toEqual([
      { name: 'ci', role: 'operator', token: 'b'.repeat(32) },
      { name: 'token-2', role: 'viewer', token: 'c'.repeat(40) },
    ]);
    expect(tokensFromEnvironment({})).toBeUndefined();
  });

  it('of roles are read from a variable each, beside those of the list', () => {
    const [ofAdmin, ofViewer, ofCi] = ['a', 'b', 'c'].map((letter) => letter.repeat(32)) as [string, string, string];
    const env = { TYPEFLOW_ADMIN_TOKEN: ofAdmin, TYPEFLOW_VIEWER_TOKEN: ofViewer };
    const ofRoles = [
      { name: 'viewer', role: 'viewer', token: ofViewer },
      { name: 'admin', role: 'admin', token: ofAdmin },
    ];
    expect(tokensFromEnvironment(env)).toEqual(ofRoles);
    expect(tokensFromEnvironment({ ...env, TYPEFLOW_TOKENS: `ci:operator:${ofCi}` })).toEqual([
      ...ofRoles,
      { name: 'ci', role: 'operator', token: ofCi },
    ]);
  });

  it('are found as a whole only', () => {
    const desk = new TokenDesk(tokens);
    const token = secret('admin');
    expect(desk.find(`bearer ${token}`)?.role).toBe('admin');
    for (const wrong of [
      undefined,
      '',
      'Bearer',
      'Bearer ',
      token,
      `Bearer ${token.slice(1)}`,
      `Bearer ${token}x`,
      `Bearer ${token} x`,
    ])
      expect(desk.find(wrong)).toBeUndefined();
  });
});
