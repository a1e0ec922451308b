import 'reflect-metadata';
import { request } from 'node:http';
import { RUN } from './access-fixture';
import { serve } from './served';
import type { Served } from './served';

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
