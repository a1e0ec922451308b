import { request } from 'node:http';
import fc from 'fast-check';
import type { JsonSchema } from '../../src/service/schemas/json-schema';
import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { describeService } from './describe-service';
import { answerCheck } from './schema-of-answers';
import { completed, serve } from './served';
import type { Served } from './served';
import { valuesOf, wrongValuesOf } from './values-of';

const { document, routes } = describeService();
const fits = answerCheck(document);
const RUNS = Number(process.env['TYPEFLOW_TEST_RUNS'] ?? 12);

interface Sent {
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

interface Received {
  readonly status: number;
  readonly mediaType: string;
  readonly text: string;
}

/** Sends what no client library would. Of an event stream it reads the beginning. */
function send(
  url: string,
  method: string,
  path: string,
  { headers, body }: Pick<Sent, 'headers' | 'body'>,
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const text = method === 'GET' || body === undefined ? '' : JSON.stringify(body);
    // Node's client would send the body of a DELETE without its length, as if it were the next request.
    const length = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) };
    const sent = request(
      `${url}${path}`,
      { method, headers: { ...(method !== 'GET' && length), ...headers } },
      (answer) => {
        const mediaType = answer.headers['content-type'] ?? '';
        const status = answer.statusCode ?? 0;
        if (mediaType.startsWith('text/event-stream')) {
          answer.destroy();
          resolve({ status, mediaType, text: '' });
          return;
        }
        let received = '';
        answer.setEncoding('utf8').on('data', (chunk) => (received += chunk));
        answer.on('end', () => resolve({ status, mediaType, text: received }));
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}

function pathOf(template: string, { params, query }: Pick<Sent, 'params' | 'query'>): string {
  const path = template.replaceAll(/:(\w+)/g, (_, name: string) => {
    const text = encodeURIComponent(wellFormed(params[name]));
    // Every client takes dots alone for steps of the path, before anything is sent.
    return text === '.' || text === '..' ? 'dots' : text;
  });
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one): [string, string] => [wellFormed(name), wellFormed(one)]),
  );
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs).toString()}`;
}

/** As text of an address, which has to be well-formed to be written at all. */
function wellFormed(value: unknown): string {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed();
}

describe.each(['memory', 'postgres'] as const)('any request, on %s', (kind) => {
  let served: Served;
  let database: TestDatabase | undefined;
  const known: { ids: string[] } = { ids: [] };

  beforeAll(async () => {
    database = kind === 'postgres' ? await createTestDatabase() : undefined;
    served = await serve({ limits: { requestsPerMinute: false } }, database?.url ?? 'memory:');
    const { call } = served;
    known.ids.push(await completed(call, 'orders', { total: 2 }), await completed(call, 'broken', 'no'));
    for (const body of [{ name: 'ask', start: true }, { name: 'echo', input: 1 }, { name: 'orders' }]) {
      known.ids.push((await call('POST', '/workflows', body)).body.id);
    }
    await call('PUT', '/schedules/nightly', { workflow: 'echo', flow: 'main', cron: '0 3 * * *' });
  });
  afterAll(async () => {
    await served.close();
    await database?.drop();
  });

  it.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
    'is answered as described: %s',
    async (_, { method, path, params, query, headers, body }) => {
      const operation = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
      if (operation === undefined) throw new Error('not described');
      const nothing: JsonSchema = { type: 'object', properties: {} };
      const part = (schema: JsonSchema | undefined, isRight: boolean): fc.Arbitrary<never> =>
        (isRight ? valuesOf(schema ?? nothing, known) : wrongValuesOf(schema ?? nothing, known)) as fc.Arbitrary<never>;
      const right = (schema: JsonSchema | undefined): fc.Arbitrary<never> => part(schema, true);
      const sent: fc.Arbitrary<Sent> = fc.oneof(
        fc.record({ params: right(params), query: right(query), headers: right(headers), body: right(body) }),
        fc.record({ params: right(params), query: right(query), headers: right(headers), body: part(body, false) }),
        fc.record({ params: right(params), query: part(query, false), headers: right(headers), body: right(body) }),
        fc.record({
          params:
            params === undefined
              ? right(params)
              : right(params).map((one) => ({ ...(one as object), id: 'x' }) as never),
          query: right(query),
          headers: right(headers),
          body: right(body),
        }),
      );
      const property = fc.asyncProperty(sent, async (one) => {
        const query = Object(one.query) as Sent['query'];
        const received = await send(served.url, method, pathOf(path, { params: one.params, query }), one);
        const isHealthy = received.status < 500 && received.status >= 200;
        expect([isHealthy, received.text]).toEqual([true, received.text]);
        expect(fits(operation, received)).toBeUndefined();
      });
      await fc.assert(property, { numRuns: RUNS });
    },
    60_000,
  );

  it('has logged no fault of the service', () => {
    expect(served.log.lines.filter(({ message }) => message === 'a request could not be answered')).toEqual([]);
  });
});
