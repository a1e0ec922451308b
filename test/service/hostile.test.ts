import { connect } from 'node:net';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { EventClient } from './event-client';
import { completed, serve } from './served';
import type { Served } from './served';

const RUN = '01900000-0000-7000-8000-000000000000';

const TEXTS = [
  "' OR 1=1 --",
  "'; DROP TABLE typeflow.run; --",
  '(SELECT pg_sleep(5))',
  '1; SELECT pg_sleep(5)',
  "\\'; --",
  '$1',
  '%27%20OR%201=1',
  '\u0000',
  '%00',
  '../../../etc/passwd',
  '{{7*7}}${7*7}',
  '<img src=x onerror=alert(1)>',
  '</script><script>alert(1)</script>',
  'javascript:alert(1)',
  '\r\nx-evil: 1',
  '\u001b[31mred\u001b[0m',
  '\ud800',
  'null',
  'undefined',
  'NaN',
  '-1',
  '9'.repeat(40),
  'x'.repeat(5_000),
];

describe('hostile values, on PostgreSQL', () => {
  let served: Served;
  let database: TestDatabase;
  let innocent: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    served = await serve({ limits: { requestsPerMinute: false } }, database.url);
    innocent = await completed(served.call);
  });
  afterAll(async () => {
    // It is there, and as it was.
    expect((await served.call('GET', `/workflows/${innocent}`)).body).toMatchObject({ status: 'COMPLETED', output: 1 });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    await served.close();
    await database.drop();
  });

  const parameters = [
    'workflow',
    'flow',
    'status',
    'queue',
    'tag',
    'text',
    'parentId',
    'createdAfter',
    'limit',
    'cursor',
  ];

  it.each(parameters)('are bound or refused as %s of a list', async (name) => {
    for (const text of TEXTS) {
      const answer = await served.call('GET', `/workflows?${name}=${encodeURIComponent(text.toWellFormed())}`);
      expect([text, answer.status]).toEqual([text, answer.status < 500 ? answer.status : '< 500']);
      if (answer.status === 200) expect([text, answer.body.items]).toEqual([text, []]);
      expect(answer.text).not.toMatch(/syntax error|SELECT .* FROM|node_modules|at .*\.[jt]s:\d/);
    }
  });

  it.each([
    '',
    '?id=',
    '?id[]=1',
    '?id[x]=1',
    '?id=null',
    '?order=id',
    '?sort=(select 1)',
    '?__proto__[x]=1',
    '?constructor=1',
  ])('find no run that was not named: /workflows/%s', async (query) => {
    for (const id of [
      '',
      '%20',
      'null',
      'undefined',
      '*',
      '%2a',
      `${RUN}'--`,
      RUN.toUpperCase(),
      '%00',
      '..%2f..',
      RUN,
    ]) {
      const answer = await served.call('GET', `/workflows/${id}${query}`);
      expect([id, answer.status]).toEqual([id, answer.status === 404 ? 404 : 400]);
    }
  });

  it.each([
    '/..%2f..%2fetc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/..%5c..%5cetc%5cpasswd',
    '//etc/passwd',
    '/%00',
    '/static/../../etc/passwd',
    '/%',
    '/%ff%fe',
    `/${'a'.repeat(9_000)}`,
  ])('reach no file: %s', async (target) => {
    const answer = await raw(served.url, `GET ${target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 (400|404|414) /);
    expect(answer).not.toContain('root:');
  });

  it('reach no prototype', async () => {
    const bodies = [
      '{"name":"echo","input":{"__proto__":{"polluted":1}}}',
      '{"name":"echo","input":1,"__proto__":{"polluted":1}}',
      '{"name":"echo","input":{"constructor":{"prototype":{"polluted":1}}}}',
      '{"name":"echo","input":{"\\u005f_proto__":{"polluted":1}}}',
      '{"name":"__proto__","start":true}',
      '{"name":"constructor","start":true}',
      '{"name":"echo","flow":"__proto__","start":true}',
      '{"name":"echo","flow":"toString","start":true}',
    ];
    for (const body of bodies) {
      const answer = await served.call('POST', '/workflows', body);
      expect([body, answer.status]).toEqual([body, answer.status === 404 ? 404 : 400]);
    }
    const harmless = await served.call(
      'POST',
      '/workflows',
      '{"name":"echo","input":{"constructor":"Ann","toString":1}}',
    );
    expect(harmless.body.input).toEqual({ constructor: 'Ann', toString: 1 });
    for (const name of ['__proto__', 'constructor', 'hasOwnProperty']) {
      expect((await served.call('GET', `/definitions/${name}/plan`)).status).toBe(404);
      expect((await served.call('POST', `/schedules/${name}/pause`)).status).toBe(404);
    }
  });

  it('stay the text that was sent, or are refused: bytes that are no UTF-8', async () => {
    const post = async (body: Buffer, type = 'application/json'): Promise<[number, string]> => {
      const sent = { method: 'POST', headers: { 'content-type': type }, body };
      const answer = await fetch(`${served.url}/workflows`, sent);
      const { code, input } = (await answer.json()) as { code?: string; input?: string };
      return [answer.status, code ?? String(input)];
    };
    const json = (bytes: Buffer): Buffer =>
      Buffer.concat([Buffer.from('{"name":"echo","flow":"main","input":"'), bytes, Buffer.from('"}')]);
    for (const bytes of ['fffe', 'c0af', 'eda080', 'e28282e2', 'f5808080', '80']) {
      expect([bytes, ...(await post(json(Buffer.from(bytes, 'hex'))))]).toEqual([bytes, 400, 'REQUEST_INVALID']);
    }
    expect(await post(Buffer.from('fffe7b007d00', 'hex'))).toEqual([400, 'REQUEST_INVALID']);
    const right = json(Buffer.from('ä€😀\ufffd'));
    for (const parameter of ['', '; charset=utf-8', ';charset="UTF-8"', '; charset=UTF8', '; version=1']) {
      const answer = [parameter, ...(await post(right, `application/json${parameter}`))];
      expect(answer).toEqual([parameter, 201, 'ä€😀\ufffd']);
    }
    for (const charset of [
      'iso-8859-1',
      '"utf-16"',
      'us-ascii; charset=utf-8',
      'utf-8; charset=latin1',
      '',
      'utf-8x',
    ]) {
      const answer = [charset, ...(await post(right, `application/json; charset=${charset}`))];
      expect(answer).toEqual([charset, 415, 'CONTENT_TYPE_UNSUPPORTED']);
    }
  });

  it('load no code by the name of a flow', async () => {
    for (const name of [
      '../../../tmp/x',
      'file:///etc/passwd',
      'http://127.0.0.1/x.js',
      'node:child_process',
      './served',
    ]) {
      const answer = await served.call('POST', '/workflows', { name, flow: name, start: true });
      expect([answer.status, answer.body.code]).toEqual([404, 'WORKFLOW_NOT_REGISTERED']);
      const flow = await served.call('POST', '/workflows', { name: 'echo', flow: name, start: true });
      expect([flow.status, flow.body.code]).toEqual([404, 'FLOW_NOT_FOUND']);
    }
  });

  it('stay data in answers: JSON, whatever they look like', async () => {
    for (const text of TEXTS) {
      const id = await completed(served.call, 'broken', text.replaceAll(/\0|\ud800/g, ''));
      const answer = await served.call('GET', `/workflows/${id}`);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
      expect(answer.body.error.message).toEqual(expect.any(String));
      expect(answer.text).not.toMatch(/[\u0000-\u0008\u001b\r]|stack/);
    }
  });
});

/** Sends bytes as they are, and reads until the other side hangs up. */
function raw(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk) => (answer += chunk));
    socket.on('close', () => resolve(answer));
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? undefined : reject(error)));
  });
}

describe('a thousand event streams, and broken requests beside them', () => {
  it('disturb neither each other nor anybody else', async () => {
    const limits = {
      streamsPerClient: 1_000,
      requestsPerMinute: false,
      bodyBytes: 10_000,
      requestTimeout: '2s',
    } as const;
    const served = await serve({ limits });
    const { call, url } = served;
    const id = (await call('POST', '/workflows', { name: 'ask', start: true })).body.id;
    const address = `${url}/workflows/${id}/events`;
    const clients: EventClient[] = [];
    for (let i = 0; i < 20; i += 1) {
      clients.push(...(await Promise.all(Array.from({ length: 50 }, () => EventClient.open(address)))));
    }
    expect(clients.every(({ status }) => status === 200)).toBe(true);
    expect((await EventClient.open(address)).status).toBe(429);

    const head = 'POST /workflows HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';
    const broken = [
      // Slow: headers, and a body, that never come to their end.
      ...Array.from({ length: 30 }, () => raw(url, 'GET /health HTTP/1.1\r\nhost: localhost\r\nx: ')),
      ...Array.from({ length: 30 }, () => raw(url, `${head}content-length: 5000\r\n\r\n{"name":`)),
      // Huge.
      raw(url, `GET /health HTTP/1.1\r\nhost: localhost\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`),
      raw(url, `${head}content-length: 9999999\r\nconnection: close\r\n\r\n${'a'.repeat(20_000)}`),
      raw(
        url,
        `${head}transfer-encoding: chunked\r\nconnection: close\r\n\r\n4e20\r\n${'a'.repeat(20_000)}\r\n0\r\n\r\n`,
      ),
      // Broken.
      raw(url, 'nonsense\r\n\r\n'),
      raw(url, '\u0016\u0003\u0001\u0002\u0000'.repeat(50)),
      raw(url, `${head}content-length: -1\r\n\r\n`),
      raw(url, `${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
      raw(url, 'GET /health HTTP/1.1\r\n\r\n'),
    ];
    for (let i = 0; i < 20; i += 1) {
      expect((await call('POST', '/workflows', { name: 'echo', input: i })).status).toBe(201);
    }
    for (const answer of await Promise.all(broken)) expect(answer).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);

    // More headers than are kept are left out.
    const many = raw(
      url,
      `GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${'x: 1\r\n'.repeat(5_000)}\r\n`,
    );
    expect(await many).toMatch(/^HTTP\/1\.1 200 /);

    await call('POST', `/workflows/${id}/signal/approved`, { payload: 'all of you' });
    await Promise.all(clients.map((client) => client.closed));
    const ends = clients.map(({ events }) =>
      events.slice(-2).map(({ event, data }) => `${event} ${data.status ?? ''}`),
    );
    expect(new Set(ends.map(String))).toEqual(new Set(['run COMPLETED,end ']));
    const told = clients.map(({ events }) => events.map((event) => event.id).join());
    expect(clients.every(({ events }) => new Set(events.map((one) => one.id)).size === events.length)).toBe(true);
    expect(told).toHaveLength(1_000);
    await served.close();
  }, 60_000);
});
