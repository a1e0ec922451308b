import * as typeflow from '../../src';
import { ERROR_CODES } from '../../src';
import type { ErrorCode } from '../../src';
import type { Operations } from '../../src/service';
import { createService } from '../../src/service';
import { MemoryLogger } from '../fixtures/memory-logger';
import { clientOf } from './served';
import type { Call } from './served';

const RUN = '01900000-0000-7000-8000-000000000000';
const CANARY = 'SELECT secret FROM t /srv/app/x.ts postgres://u:pw@db.internal';

class AnyError extends typeflow.TypeflowError {
  constructor(readonly code: ErrorCode) {
    super(`${code} says ${CANARY}`);
  }
}

describe('problem documents', () => {
  let thrown: unknown;
  let call: Call;
  let close: () => Promise<void>;
  const log = new MemoryLogger();

  beforeAll(async () => {
    const operations = new Proxy({} as Operations, {
      get: (_, name) =>
        name === 'then'
          ? undefined
          : async () => {
              throw thrown;
            },
    });
    const service = await createService(operations, { port: 0, logger: log, limits: { bodyBytes: 1_000 } });
    call = clientOf(service.url);
    close = () => service.close();
  });
  afterAll(() => close());
  beforeEach(() => void log.lines.splice(0));

  it.each(Object.entries(ERROR_CODES))('have the status of %s, %i', async (code, status) => {
    thrown = new AnyError(code as ErrorCode);
    const answer = await call('GET', `/workflows/${RUN}`);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    const requestId = answer.headers.get('x-request-id');
    expect(answer.body).toEqual({
      type: `urn:typeflow:error:${code}`,
      title: expect.stringMatching(/^[A-Z][a-z ]+$/),
      status,
      code,
      requestId,
      ...(status < 500 && { detail: `${code} says ${CANARY}` }),
    });
    const logged = log.lines.filter(({ level }) => level === 'error').map(({ fields }) => fields['requestId']);
    expect(logged).toEqual(status < 500 ? [] : [requestId]);
  });

  it.each([
    ['an error', new Error(CANARY)],
    ['an error of a driver', Object.assign(new Error(CANARY), { code: '42601', query: CANARY, statusCode: 500 })],
    ['a text', CANARY],
    ['nothing', undefined],
    ['an object', { message: CANARY, status: 200 }],
  ])('say nothing of %s but where to look for it', async (_, error) => {
    thrown = error;
    const answer = await call('POST', `/workflows/${RUN}/cancel`);
    expect([answer.status, answer.body.code]).toEqual([500, 'INTERNAL_ERROR']);
    expect(Object.keys(answer.body).sort()).toEqual(['code', 'requestId', 'status', 'title', 'type']);
    expect(JSON.stringify([...answer.headers, answer.text])).not.toMatch(/SELECT|srv|db\.internal/);
    expect(log.lines.find(({ level }) => level === 'error')?.fields).toMatchObject({
      requestId: answer.body.requestId,
      method: 'POST',
      route: '/workflows/:id/cancel',
      err: error,
    });
  });

  it.each<[string, [string, string, unknown?, Record<string, string>?], number, string, unknown]>([
    ['an unknown field', ['POST', '/workflows', { name: 'x', a: { b: 1 } }], 400, 'REQUEST_INVALID', ['body', '/a']],
    ['a missing field', ['POST', '/workflows', {}], 400, 'REQUEST_INVALID', ['body', '/name']],
    ['another type', ['POST', '/workflows', { name: 'x', tags: [1] }], 400, 'REQUEST_INVALID', ['body', '/tags/0']],
    [
      'a number as text',
      ['POST', '/workflows', { name: 'x', priority: '1' }],
      400,
      'REQUEST_INVALID',
      ['body', '/priority'],
    ],
    ['a list', ['POST', '/workflows', []], 400, 'REQUEST_INVALID', ['body', '']],
    ['no JSON', ['POST', '/workflows', '{"name":'], 400, 'REQUEST_INVALID', ['body', '']],
    ['a wrong query', ['GET', '/workflows?limit=0'], 400, 'REQUEST_INVALID', ['query', '/limit']],
    ['an unknown query', ['GET', '/health?x=1'], 400, 'REQUEST_INVALID', ['query', '/x']],
    ['a wrong id', ['GET', '/workflows/1'], 400, 'REQUEST_INVALID', ['path', '/id']],
    [
      'a wrong header',
      ['POST', '/workflows', { name: 'x' }, { 'idempotency-key': 'a b' }],
      400,
      'REQUEST_INVALID',
      ['header', '/idempotency-key'],
    ],
    [
      'an awkward name',
      ['POST', '/workflows', { name: 'x', 'a/b~c': 1 }],
      400,
      'REQUEST_INVALID',
      ['body', '/a~1b~0c'],
    ],
    ['too much', ['POST', '/workflows', { name: 'x', input: 'y'.repeat(2_000) }], 413, 'BODY_TOO_LARGE', undefined],
    [
      'another type of body',
      ['POST', '/workflows', 'x', { 'content-type': 'text/xml' }],
      415,
      'CONTENT_TYPE_UNSUPPORTED',
      undefined,
    ],
    ['another path', ['GET', '/nowhere'], 404, 'ROUTE_NOT_FOUND', undefined],
    ['another method', ['DELETE', '/workflows'], 404, 'ROUTE_NOT_FOUND', undefined],
  ])('point to what is wrong with a request: %s', async (_, [method, path, body, headers], status, code, at) => {
    const answer = await call(method, path, body, headers);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    const [first] = (answer.body.errors ?? []) as { in: string; pointer: string }[];
    expect(first && [first.in, first.pointer]).toEqual(at);
  });

  it('name the run and its status where it is the reason', async () => {
    thrown = new typeflow.RunNotHeldError(RUN, 'FAILED');
    const { body } = await call('POST', `/workflows/${RUN}/execute`);
    expect(body).toMatchObject({
      status: 409,
      runId: RUN,
      runStatus: 'FAILED',
      detail: expect.stringContaining('retry'),
    });
    thrown = new typeflow.PayloadInvalidError('input', [{ path: 'items[0].a/b', message: 'no number' }]);
    expect((await call('POST', '/workflows', { name: 'x' })).body.errors).toEqual([
      { in: 'body', pointer: '/input/items/0/a~1b', detail: 'no number' },
    ]);
  });
});
