import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EventView } from '../../src/application/views';
import { RemoteOperations } from '../../src/cli/remote/remote-operations';
import { serverSentEvents } from '../../src/cli/remote/server-sent-events';
import type { ServerSentEvent } from '../../src/cli/remote/server-sent-events';

describe('a stream of server-sent events', () => {
  const read = async (...chunks: string[]): Promise<ServerSentEvent[]> => {
    const bytes = chunks.map((chunk) => Buffer.from(chunk, 'latin1'));
    const events: ServerSentEvent[] = [];
    for await (const event of serverSentEvents(ReadableStream.from(bytes) as ReadableStream<Uint8Array>))
      events.push(event);
    return events;
  };

  it.each([
    ['one', ['id: 1\nevent: run\ndata: {}\n\n'], [{ id: '1', event: 'run', data: '{}' }]],
    ['cut anywhere', ['i', 'd: 1\nda', 'ta: a\n', '\n'], [{ id: '1', event: 'message', data: 'a' }]],
    [
      'with other line ends',
      ['data: a\r', '\ndata: b\r\r', 'data: c\r\n\r\n'],
      [
        { event: 'message', data: 'a\nb' },
        { event: 'message', data: 'c' },
      ],
    ],
    ['with comments', [':\n\n: x\n\ndata\n\n'], [{ event: 'message', data: '' }]],
    [
      'whose id stays',
      ['id: 1\ndata: a\n\ndata: b\n\n'],
      [
        { id: '1', event: 'message', data: 'a' },
        { id: '1', event: 'message', data: 'b' },
      ],
    ],
    ['that breaks off', ['data: a\n\ndata: half\n'], [{ event: 'message', data: 'a' }]],
    ['without a blank', ['data:a\ndata:  b\n\n'], [{ event: 'message', data: 'a\n b' }]],
  ])('%s', async (_name, chunks, expected) => {
    expect(await read(...chunks)).toEqual(expected.map((event) => ({ id: undefined, ...event })));
  });

  it('keeps characters together that chunks cut', async () => {
    const bytes = [...Buffer.from('data: €\n\n')].map((byte) => Uint8Array.of(byte));
    const events: ServerSentEvent[] = [];
    for await (const event of serverSentEvents(ReadableStream.from(bytes) as ReadableStream<Uint8Array>))
      events.push(event);
    expect(events).toEqual([{ id: undefined, event: 'message', data: '€' }]);
  });
});

describe('a service that', () => {
  let server: Server;
  let url: string;

  const serve = async (listener: RequestListener): Promise<RemoteOperations> => {
    server = createServer(listener).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new RemoteOperations({ url, token: 'secret' });
  };

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const follow = async (operations: RemoteOperations, after?: string): Promise<string[]> => {
    const seen: string[] = [];
    for await (const event of operations.events('r', after === undefined ? {} : { after })) seen.push(event.cursor);
    return seen;
  };

  const frame = (cursor: string): string => {
    const event: EventView = { type: 'node', runId: 'r', cursor };
    return `id: ${cursor}\ndata: ${JSON.stringify(event)}\n\n`;
  };

  it('breaks a stream off is asked to go on behind the last event', async () => {
    const asked: (string | undefined)[] = [];
    const operations = await serve((request, response) => {
      asked.push(request.headers['last-event-id'] as string | undefined);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (asked.length === 1) response.write(`${frame('a')}${frame('b')}data: {"cut`, () => response.destroy());
      else if (asked.length === 2) response.destroy();
      else response.end(`${frame('c')}event: end\ndata: {}\n\n`);
    });
    expect(await follow(operations, 'z')).toEqual(['a', 'b', 'c']);
    expect(asked).toEqual(['z', 'b', 'b']);
  });

  it('is started anew in between is waited for', async () => {
    let requests = 0;
    const operations = await serve((_request, response) => {
      requests += 1;
      if (requests === 1) response.writeHead(503).end('{}');
      else response.writeHead(204).end();
    });
    expect(await follow(operations)).toEqual([]);
    expect(requests).toBe(2);
  });

  it('refuses a stream is not asked again', async () => {
    let requests = 0;
    const operations = await serve((_request, response) => {
      requests += 1;
      response.writeHead(404).end(JSON.stringify({ code: 'RUN_NOT_FOUND', detail: 'no run', status: 404 }));
    });
    await expect(follow(operations)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND', status: 404, message: 'no run' });
    expect(requests).toBe(1);
  });

  it('answers with a problem is quoted with what is wrong with each part', async () => {
    const errors = [{ in: 'body', pointer: '/tags/0', detail: 'must be a text' }];
    const operations = await serve((_request, response) => {
      response.writeHead(400).end(JSON.stringify({ code: 'REQUEST_INVALID', detail: 'The request is wrong.', errors }));
    });
    await expect(operations.queues()).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      message: 'The request is wrong.\n- body/tags/0 must be a text',
    });
  });

  it('is something else is said to be that', async () => {
    const operations = await serve((_request, response) => response.writeHead(502).end('<html>bad gateway</html>'));
    await expect(operations.queues()).rejects.toMatchObject({
      status: 502,
      message: expect.stringContaining('is there a Typeflow service'),
    });
    server.removeAllListeners('request').on('request', (_request, response) => response.end('<html>hello</html>'));
    await expect(operations.queues()).rejects.toMatchObject({ code: 'SERVICE_UNREACHABLE' });
  });

  it('sends its clients elsewhere gets no token there', async () => {
    const operations = await serve((_request, response) =>
      response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
    );
    await expect(operations.queues()).rejects.toMatchObject({ code: 'SERVICE_UNREACHABLE' });
  });

  it('is not there is named without the token', async () => {
    const operations = await serve(() => undefined);
    await new Promise((resolve) => server.close(resolve));
    const error = await operations.queues().catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({
      code: 'SERVICE_UNREACHABLE',
      message: `no answer from the service at ${url} (ECONNREFUSED)`,
    });
  });

  it('changes many runs is waited for longer than another', async () => {
    const timeout = jest.spyOn(AbortSignal, 'timeout');
    const operations = await serve((_request, response) =>
      response.end(JSON.stringify({ matched: 0, changed: 0, failures: [], items: [] })),
    );
    await operations.queues();
    await operations.cancelMany({ workflow: 'w' }, { dryRun: false });
    await operations.retryMany({ workflow: 'w' }, { dryRun: false });
    expect(timeout.mock.calls).toEqual([[30_000], [600_000], [600_000]]);
    timeout.mockRestore();
  });

  it('is not ready says so itself', async () => {
    const health = { isReady: false, version: '1', store: 'postgres' };
    const operations = await serve((_request, response) => response.writeHead(503).end(JSON.stringify(health)));
    expect(await operations.health()).toEqual(health);
  });
});
