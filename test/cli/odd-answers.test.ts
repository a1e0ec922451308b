import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ServiceClient } from '../../src/cli/remote/service-client';
import { runIn } from './fake-world';

let server: Server;
let url: string;

async function serve(listener: RequestListener): Promise<void> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const COMMANDS = [
  ['start', 'w'],
  ['execute', 'r'],
  ['list'],
  ['show', 'r'],
  ['explain', 'r'],
  ['logs', 'r'],
  ['signal', 'r', 'go'],
  ['cancel', 'r'],
  ['cancel', '--workflow', 'w'],
  ['retry', 'r'],
  ['retry', '--workflow', 'w'],
  ['fork', 'r'],
  ['schedules', 'list'],
  ['schedules', 'set', 'n', 'w', 'f', '--cron', '* * * * *'],
  ['schedules', 'pause', 'n'],
  ['schedules', 'resume', 'n'],
  ['schedules', 'trigger', 'n'],
  ['schedules', 'remove', 'n'],
  ['workers'],
  ['queues'],
  ['definitions'],
  ['plan', 'w'],
  ['cleanup', '--older-than', '1d'],
  ['doctor'],
];

describe.each(['', 'null', '{}', '[]', '"text"', '{"items":null}', '<html>'])(
  'a server that answers with %j',
  (body) => {
    it.each(COMMANDS.map((args) => [args]))('%j: no success', async (args) => {
      await serve((_request, response) => response.end(body));
      const { code, stdout, stderr } = await runIn({}, ...args, '--url', url);
      if (args[0] !== 'doctor') expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
      expect(code).not.toBe(0);
      expect(`${stdout}${stderr}`).toContain('answered with something else');
    });
  },
);

describe('an answer that', () => {
  const head = { 'content-type': 'application/json', 'content-length': '100' };

  it('breaks off is none', async () => {
    await serve((_request, response) => {
      response.writeHead(200, head).write('{"items":', () => response.destroy());
    });
    const { code, stderr } = await runIn({}, 'queues', '--url', url, '--json');
    expect({ code, error: JSON.parse(stderr) as unknown }).toEqual({
      code: 4,
      error: { error: { code: 'SERVICE_UNREACHABLE', message: expect.stringMatching(/answer of .* broke off/) } },
    });
  });

  it('hangs is none', async () => {
    await serve((_request, response) => void response.writeHead(200, head).write('{"items":'));
    const client = new ServiceClient({ url, token: undefined });
    await expect(client.request('/queues', { timeoutMs: 100, has: ['items'] })).rejects.toMatchObject({
      code: 'SERVICE_UNREACHABLE',
      message: expect.stringContaining('it took too long'),
    });
  });

  it('is left is no fault of the service', async () => {
    await serve((_request, response) => void response.writeHead(200, head).write('{"items":'));
    const leaving = new AbortController();
    const asked = new ServiceClient({ url, token: undefined }).request('/queues', { signal: leaving.signal });
    setTimeout(() => leaving.abort(), 50);
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });

  it.each([502, 504])('is a proxy of a service that does not answer: %d', async (status) => {
    await serve((_request, response) => void response.writeHead(status).end('<html>'));
    expect(await runIn({}, 'queues', '--url', url)).toMatchObject({ code: 4 });
  });
});
