import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fastify } from 'fastify';
import { ConfigurationError } from '../../src';
import { createService, typeflowService } from '../../src/service';
import type { AccessToken, Operations, Role, ServiceOptions } from '../../src/service';
import { TokenDesk, tokensFromEnvironment } from '../../src/service/access/tokens';
import { hostGuard, isLoopback } from '../../src/service/access/hosts';
import { MemoryLogger } from '../fixtures/memory-logger';
import { describeService } from './describe-service';
import { clientOf, serve } from './served';
import type { Call, Served } from './served';

const secret = (name: string): string => `${name}-`.padEnd(40, 'x1');
const tokens: readonly AccessToken[] = (['viewer', 'operator', 'admin'] as const).map((role) => ({
  name: `the-${role}`,
  role,
  token: secret(role),
}));
const { routes } = describeService();
const RUN = '01900000-0000-7000-8000-000000000000';
const addressOf = (url: string): string => url.replace(':id', RUN).replace(':name', 'nobody');

/** Operations that note what was asked of them, and have nothing. */
function watchedOperations(): { readonly operations: Operations; readonly asked: string[] } {
  const asked: string[] = [];
  const operations = new Proxy({} as Operations, {
    get: (_, name) =>
      typeof name === 'symbol' || name === 'then'
        ? undefined
        : () => {
            asked.push(name);
            throw new Error('asked');
          },
  });
  return { operations, asked };
}

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

describe('pages of other sites', () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve();
  });
  afterAll(() => served.close());
  const body = { name: 'echo', input: 1 };

  // fetch refuses to set what a browser sets by itself.
  const send = (headers: Record<string, string>, method = 'POST', target = '/workflows'): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const { port, host } = new URL(served.url);
      const sent = request(
        { port, host: '127.0.0.1', path: target, method, headers: { host, ...headers } },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        },
      );
      sent.on('error', reject);
      sent.end(method === 'GET' ? undefined : JSON.stringify(body));
    });
  const json = { 'content-type': 'application/json' };

  it.each([
    ['a form', { 'content-type': 'text/plain' }, 415],
    ['a form with a file', { 'content-type': 'multipart/form-data; boundary=x' }, 415],
    ['an encoded form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['no type', {}, 415],
    ['a type that only looks like JSON', { 'content-type': 'text/plain; application/json' }, 415],
    ['another origin', { ...json, origin: 'http://evil.example' }, 403],
    ['no origin to name', { ...json, origin: 'null' }, 403],
    ['another port of this machine', { ...json, origin: 'http://127.0.0.1:1' }, 403],
    ['another site', { ...json, 'sec-fetch-site': 'cross-site' }, 403],
    ['the same site', { ...json, 'sec-fetch-site': 'same-site' }, 403],
  ])('cannot create a run by %s', async (_, headers, status) => {
    expect(await send(headers as Record<string, string>)).toBe(status);
  });

  it('cannot read, while a link to here is followed', async () => {
    expect(await send({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 'GET')).toBe(403);
    expect(await send({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 'GET')).toBe(200);
    expect(await send({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', ...json })).toBe(403);
  });

  it('are told apart from those of its own and from programs', async () => {
    const own = { ...json, origin: served.url };
    expect(await send(own)).toBe(201);
    expect(await send({ ...own, 'sec-fetch-site': 'same-origin' })).toBe(201);
    expect(await send({ ...json, 'sec-fetch-site': 'none' })).toBe(201);
    expect(await send({ 'content-type': 'Application/JSON; charset=utf-8' })).toBe(201);
  });

  it('get no permission by CORS', async () => {
    const answer = await served.call('OPTIONS', '/workflows', undefined, { origin: 'http://evil.example' });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('cannot frame, sniff or keep an answer', async () => {
    const paths = ['/health', '/workflows', '/metrics', '/nowhere', `/workflows/${RUN}`, '/openapi.json'];
    for (const target of paths) {
      const { headers } = await served.call('GET', target);
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-request-id': expect.any(String),
      });
    }
  });
});

describe('starting a service', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'typeflow-tokens-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string): string => {
    const target = path.join(folder, name);
    writeFileSync(target, text);
    return target;
  };
  const long = 'a'.repeat(32);

  const start = async (options: ServiceOptions, env: Record<string, string> = {}): Promise<string> => {
    const replaced = jest.replaceProperty(process, 'env', { ...process.env, ...env });
    try {
      const service = await createService(watchedOperations().operations, { port: 0, ...options });
      await service.close();
      return service.address.address;
    } finally {
      replaced.restore();
    }
  };

  it('listens on 127.0.0.1 alone, if nothing else is said', async () => {
    expect(await start({})).toBe('127.0.0.1');
  });

  it.each<[string, ServiceOptions, Record<string, string>, string]>([
    ['every address without tokens', { host: '0.0.0.0' }, {}, 'without tokens'],
    ['every address of IPv6 without tokens', { host: '::' }, {}, 'without tokens'],
    ['a name without tokens', { host: 'flows.example' }, {}, 'without tokens'],
    ['no address', { host: '' }, {}, 'service.host'],
    ['an empty variable', {}, { TYPEFLOW_TOKENS: '' }, 'is empty'],
    ['a variable of spaces', { host: '0.0.0.0' }, { TYPEFLOW_TOKENS: ' , ' }, 'is empty'],
    ['an empty name of a file', {}, { TYPEFLOW_TOKENS_FILE: '' }, 'cannot be read'],
    ['a file that is not there', {}, { TYPEFLOW_TOKENS_FILE: path.join(folder, 'none') }, 'ENOENT'],
    ['a file of comments', {}, { TYPEFLOW_TOKENS_FILE: file('comments', `# admin:${long}\n`) }, 'is empty'],
    ['both', {}, { TYPEFLOW_TOKENS: `admin:${long}`, TYPEFLOW_TOKENS_FILE: file('both', `admin:${long}`) }, 'both set'],
    ['a token without role', {}, { TYPEFLOW_TOKENS: long }, 'must be name:role:token'],
    ['a role without token', {}, { TYPEFLOW_TOKENS: 'admin:' }, '32 to 512'],
    ['a short token', {}, { TYPEFLOW_TOKENS: `admin:${'a'.repeat(31)}` }, '32 to 512'],
    ['a role that is none', {}, { TYPEFLOW_TOKENS: `root:${long}` }, 'no role that there is'],
    ['a token twice', {}, { TYPEFLOW_TOKENS: `admin:${long},viewer:${long}` }, 'same token twice'],
    ['a name twice', {}, { TYPEFLOW_TOKENS: `a:admin:${long}1,a:viewer:${long}2` }, 'same name twice'],
    ['an empty list', { tokens: [] }, {}, 'has no token'],
    ['a short token of the options', { tokens: [{ name: 'a', role: 'admin', token: 'x' }] }, {}, '32 to 512'],
    ['any name without tokens', { allowedHosts: ['*'] }, {}, 'needs tokens'],
    ['tokens that are not asked for', { auth: 'host' }, { TYPEFLOW_TOKENS: `admin:${long}` }, 'leave out one'],
    ['another kind of auth', { auth: 'none' as 'host' }, {}, 'service.auth'],
    ['a limit of nothing', { limits: { streams: 0 } }, {}, 'service.limits.streams'],
  ])('is refused with %s', async (_, options, env, said) => {
    const refused = await start(options, env).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigurationError);
    expect((refused as Error).message).toContain(said);
    expect((refused as Error).message).not.toContain(long);
  });

  it.each<[string, ServiceOptions, Record<string, string>]>([
    ['every address, with tokens of the environment', { host: '0.0.0.0' }, { TYPEFLOW_TOKENS: `ann:admin:${long}` }],
    [
      'every address, with a file',
      { host: '0.0.0.0' },
      { TYPEFLOW_TOKENS_FILE: file('good', `# ann\nviewer:${long}\r\n`) },
    ],
    ['every address, where something in front decides', { host: '0.0.0.0', auth: 'host' }, {}],
    ['loopback by name', { host: 'localhost' }, {}],
  ])('goes well with %s', async (_, options, env) => {
    expect(await start(options, env)).toEqual(expect.any(String));
  });

  it('says which port is in use', async () => {
    const { operations } = watchedOperations();
    const first = await createService(operations, { port: 0 });
    const second = createService(operations, { port: first.address.port });
    await expect(second).rejects.toThrow(`cannot listen on 127.0.0.1:${first.address.port}: the port is in use`);
    await first.close();
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

describe('addresses', () => {
  it.each(['127.0.0.1', '127.1.2.3', 'localhost', 'LocalHost', '::1', '::ffff:127.0.0.1'])(
    '%s is of this machine',
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );
  it.each(['0.0.0.0', '::', '127.0.0.1.evil.example', '10.0.0.1', '127.0.0.300', 'example', ''])(
    '%s is not',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
  it('are not asked for where any name is allowed', () => {
    expect(() => hostGuard(['*'])({ headers: { host: 'x' } } as never)).not.toThrow();
  });
});
