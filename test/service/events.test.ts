import { createTestDatabase } from '../setup/database';
import type { TestDatabase } from '../setup/database';
import { EventClient } from './event-client';
import type { SentEvent } from './event-client';
import { completed, serve } from './served';
import type { Served } from './served';

const RUN = '01900000-0000-7000-8000-000000000000';
const seen = ({ event, data }: SentEvent): string =>
  event === 'end' ? 'end' : `${event} ${data.task ?? ''} ${data.index ?? ''} ${data.status ?? data.message}`;

describe.each(['memory', 'postgres'] as const)('event streams, on %s', (kind) => {
  let served: Served;
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    database = kind === 'postgres' ? await createTestDatabase() : undefined;
    served = await serve({ limits: { streamsPerClient: 3 } }, database?.url ?? 'memory:');
  });
  afterAll(async () => {
    await served.close();
    await database?.drop();
  });

  const address = (id: string): string => `${served.url}/workflows/${id}/events`;
  const eventually = async (check: () => Promise<boolean>): Promise<void> => {
    while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  const streams = async (): Promise<number> =>
    Number(/^typeflow_service_streams (\d+)$/m.exec((await served.call('GET', '/metrics')).text)?.[1]);

  it('tell of a run from its beginning to its end, and then end', async () => {
    const id = await completed(served.call, 'orders', { total: 2 });
    const client = await EventClient.open(address(id));
    await client.closed;
    expect(client.events.map(seen)).toEqual(
      expect.arrayContaining([
        'node check  COMPLETED',
        'node pack 1 COMPLETED',
        'log pack 0 packed',
        'node main  COMPLETED',
      ]),
    );
    expect(client.events.slice(-2).map(seen)).toEqual(['run   COMPLETED', 'end']);
    for (const { id: cursor, data, event } of client.events) {
      if (event !== 'end') expect(cursor).toBe(data.cursor);
    }
    const again = await EventClient.open(address(id), client.events.at(-2)?.id);
    await again.closed;
    expect([again.status, again.events]).toEqual([204, []]);
  });

  it('go on after every event, losing and repeating none', async () => {
    const id = await completed(served.call, 'orders', { total: 3 });
    const whole = await EventClient.open(address(id));
    await whole.closed;
    const all = whole.events.map(({ data }) => JSON.stringify(data));
    for (const [index, { id: cursor, event }] of whole.events.entries()) {
      if (event === 'end' || index === all.length - 2) continue;
      const rest = await EventClient.open(address(id), cursor);
      await rest.closed;
      expect(rest.events.map(({ data }) => JSON.stringify(data))).toEqual(all.slice(index + 1));
    }
  });

  it('go on in the middle of a run that goes on, for clients that come and go', async () => {
    const id = (await served.call('POST', '/workflows', { name: 'ask', start: true })).body.id;
    const told: SentEvent[] = [];
    // One event each, and hang up.
    for (let waits = false; !waits;) {
      const client = await EventClient.open(address(id), told.at(-1)?.id);
      const [first] = await client.until(1);
      await client.leave();
      if (first !== undefined) told.push(first);
      waits = first?.event === 'node' && first.data.status === 'WAITING';
    }
    await served.call('POST', `/workflows/${id}/signal/approved`, { payload: 'yes' });
    const rest = await EventClient.open(address(id), told.at(-1)?.id);
    await rest.closed;
    told.push(...rest.events);
    const ids = told.flatMap((event) => event.id ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    expect(told.map(seen)).toEqual(
      expect.arrayContaining([
        'node wait  WAITING',
        'node wait  COMPLETED',
        'node main  COMPLETED',
        'run   COMPLETED',
        'end',
      ]),
    );
    expect((await served.call('GET', `/workflows/${id}`)).body).toMatchObject({ status: 'COMPLETED', output: 'yes' });
  });

  it('have a limit for each client, and give places back when it hangs up', async () => {
    await eventually(async () => (await streams()) === 0);
    const id = (await served.call('POST', '/workflows', { name: 'ask' })).body.id;
    const clients = await Promise.all([1, 2, 3].map(() => EventClient.open(address(id))));
    expect(clients.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await streams()).toBe(3);
    const refused = await served.call('GET', `/workflows/${id}/events`);
    expect([refused.status, refused.body.code]).toEqual([429, 'TOO_MANY_STREAMS']);
    await Promise.all(clients.map((client) => client.leave()));
    await eventually(async () => (await streams()) === 0);
    const next = await EventClient.open(address(id));
    expect(next.status).toBe(200);
    await next.leave();
    await eventually(async () => (await streams()) === 0);
  });

  it('say before they begin that there is no such run, or no such event', async () => {
    const id = await completed(served.call);
    for (const [target, cursor, status] of [
      [RUN, undefined, 404],
      ['x', undefined, 400],
      [id, 'nonsense', 400],
      [id, '1 OR 1=1', 400],
    ] as const) {
      const client = await EventClient.open(address(target), cursor);
      await client.closed;
      expect([target, cursor, client.status]).toEqual([target, cursor, status]);
    }
    await eventually(async () => (await streams()) === 0);
  });
});

describe('a client that hangs up', () => {
  it('ends its own waiting and never the run, as does a service that closes', async () => {
    const served = await serve();
    const { call, url, runner } = served;
    const held = (await call('POST', '/workflows', { name: 'ask' })).body.id;
    const gone = new AbortController();
    const waiting = fetch(`${url}/workflows/${held}/execute`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ wait: '60s' }),
      signal: gone.signal,
    }).catch((error: unknown) => Object(error).name);
    const client = await EventClient.open(`${url}/workflows/${held}/events`);
    await client.until(1);
    gone.abort();
    expect(await waiting).toBe('AbortError');
    await client.leave();
    await call('POST', `/workflows/${held}/signal/approved`, { payload: 1 });
    expect(await runner.result(held)).toBe(1);

    const other = (await call('POST', '/workflows', { name: 'ask' })).body.id;
    const stream = await EventClient.open(`${url}/workflows/${other}/events`);
    const answer = call('POST', `/workflows/${other}/execute`, { wait: '60s' });
    await stream.until(3);
    await served.close();
    expect((await answer).status).toBe(202);
    await stream.closed;
    expect(stream.events.map(seen)).not.toContain('end');
  });
});
