import 'reflect-metadata';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { fastify } from 'fastify';
import type { FastifyRequest } from 'fastify';
import { container } from 'tsyringe';
import { WorkflowRunner } from '../../src';
import { createOperations, createService, typeflowService } from '../../src/service';
import type { Operations, Role } from '../../src/service';
import { MemoryLogger } from '../fixtures/memory-logger';
import { clientOf, workflows } from './served';
import type { Call } from './served';

let runner: WorkflowRunner;
beforeAll(async () => {
  runner = await WorkflowRunner.create({
    workflows,
    database: 'memory:',
    container: container.createChildContainer(),
    logger: new MemoryLogger(),
    worker: { poll: '20ms' },
  });
});
afterAll(() => runner.close());

const eventually = async (check: () => unknown): Promise<void> => {
  for (let looks = 0; (await check()) !== true; looks += 1) {
    if (looks === 500) throw new Error(`it did not come true: ${String(check)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
const streams = async (call: Call): Promise<number> =>
  Number(/^typeflow_service_streams (\d+)$/m.exec((await call('GET', '/metrics')).text)?.[1]);

/** Operations that know how many follow a run, or wait for one, and did so ever. */
function watched(): { readonly operations: Operations; readonly now: { follow: number; wait: number; ever: number } } {
  const operations = createOperations(runner);
  const now = { follow: 0, wait: 0, ever: 0 };
  const { events, execute, get } = operations;
  operations.get = async (...args) => {
    now.ever += 1;
    return get.apply(operations, args);
  };
  operations.events = async function* (...args) {
    now.follow += 1;
    try {
      yield* events.apply(operations, args);
    } finally {
      now.follow -= 1;
    }
  };
  operations.execute = async (...args) => {
    now.ever += 1;
    now.wait += 1;
    return execute.apply(operations, args).finally(() => (now.wait -= 1));
  };
  return { operations, now };
}

const follow = (path: string): string => `GET ${path}/events HTTP/1.1\r\nhost: localhost\r\n\r\n`;
const execute = (path: string): string =>
  `POST ${path}/execute HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 14\r\n\r\n{"wait":"60s"}`;

/** Sends requests on a connection of their own. */
async function send(url: string, text: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined).resume();
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

/** Holds requests that follow or execute a run until they are let go on, and counts those whose client is gone. */
function holding() {
  const seen = { held: 0, gone: 0 };
  let letOn = (): void => undefined;
  const isOpen = new Promise<void>((resolve) => (letOn = resolve));
  const hold = async ({ url, raw }: FastifyRequest): Promise<void> => {
    if (!/events|execute/.test(url)) return;
    seen.held += 1;
    raw.socket.once('close', () => (seen.gone += 1));
    await isOpen;
  };
  return { seen, hold, letOn: () => letOn() };
}

/** A service in an application that holds requests: in a hook, or where the service asks for their role. */
async function mounted(
  hold: (request: FastifyRequest) => Promise<void>,
  at: 'onRequest' | 'role' | 'preHandler' | 'onSend',
  operations: Operations,
) {
  const app = fastify();
  if (at === 'onRequest') app.addHook('onRequest', hold);
  if (at === 'preHandler') app.addHook('preHandler', hold);
  if (at === 'onSend') app.addHook('onSend', (request) => hold(request));
  const role = async (request: FastifyRequest): Promise<Role> => {
    if (at === 'role') await hold(request);
    return 'admin';
  };
  await app.register(typeflowService, { auth: 'host', operations, role, logger: new MemoryLogger() });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return { url, call: clientOf(url), close: () => app.close() };
}

describe('a client that hangs up before its request is let in', () => {
  const CLIENTS = 5;
  it.each(['onRequest', 'role', 'preHandler'] as const)('leaves no event stream behind: %s', async (hook) => {
    const { operations, now } = watched();
    const { seen, hold, letOn } = holding();
    const { url, call, close } = await mounted(hold, hook, operations);
    const { body } = await call('POST', '/workflows', { name: 'ask', start: true });
    const sockets = await Promise.all(
      Array.from({ length: CLIENTS }, () => send(url, follow(`/workflows/${body.id}`))),
    );
    await eventually(() => seen.held === CLIENTS);
    sockets.forEach((socket) => socket.destroy());
    await eventually(() => seen.gone === CLIENTS);
    letOn();
    await eventually(() => now.ever === CLIENTS);
    await eventually(async () => (await streams(call)) === 0);
    await eventually(() => now.follow === 0);
    await close();
  });

  it('leaves nothing waiting', async () => {
    const { operations, now } = watched();
    const { seen, hold, letOn } = holding();
    const { url, call, close } = await mounted(hold, 'preHandler', operations);
    const { body } = await call('POST', '/workflows', { name: 'ask', flow: 'main' });
    const socket = await send(url, execute(`/workflows/${body.id}`));
    await eventually(() => seen.held === 1);
    socket.destroy();
    await eventually(() => seen.gone === 1);
    letOn();
    await eventually(() => now.ever === 1 && now.wait === 0);
    // What was asked for was done.
    expect((await call('GET', `/workflows/${body.id}`)).body.isHeld).not.toBe(true);
    await close();
  });
});

describe('an event stream that breaks before its answer is begun', () => {
  it('is an answer that could not be given, and ends nothing else', async () => {
    const { operations } = watched();
    operations.events = async function* () {
      yield* [];
      throw new Error('the store broke');
    };
    const { seen, hold, letOn } = holding();
    const { url, call, close } = await mounted(hold, 'onSend', operations);
    const { body } = await call('POST', '/workflows', { name: 'ask', start: true });
    const answer = call('GET', `/workflows/${body.id}/events`);
    await eventually(() => seen.held === 1);
    await eventually(async () => (await streams(clientOf(url))) === 0);
    letOn();
    expect((await answer).status).toBe(500);
    await close();
  });
});

describe('requests behind others in one connection', () => {
  it('leave nothing behind when it is closed, though they never had an answer', async () => {
    const { operations, now } = watched();
    const service = await createService(operations, { port: 0 });
    const call = clientOf(service.url);
    const run = (await call('POST', '/workflows', { name: 'ask', start: true })).body.id;
    const held = (await call('POST', '/workflows', { name: 'ask', flow: 'main' })).body.id;
    const warned: Error[] = [];
    const onWarning = (warning: Error): void => void warned.push(warning);
    process.on('warning', onWarning);
    const socket = await send(
      service.url,
      execute(`/workflows/${held}`).replace('60s', '50s') + follow(`/workflows/${run}`).repeat(101),
    );
    await eventually(async () => (await streams(call)) === 100);
    await eventually(() => now.wait === 1 && now.follow === 100);
    socket.destroy();
    await eventually(async () => (await streams(call)) === 0);
    await eventually(() => now.wait === 0 && now.follow === 0);
    process.off('warning', onWarning);
    expect(warned).toEqual([]);
    await service.close();
  });

  it('leave nothing behind when they have their answers', async () => {
    const { operations, now } = watched();
    const service = await createService(operations, { port: 0 });
    const call = clientOf(service.url);
    const run = (await call('POST', '/workflows', { name: 'ask', start: true })).body.id;
    const socket = await send(service.url, follow(`/workflows/${run}`).repeat(20));
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk) => (text += chunk));
    await eventually(() => now.follow === 20);
    await call('POST', `/workflows/${run}/signal/approved`, { payload: 1 });
    await eventually(async () => (await streams(call)) === 0);
    await eventually(() => text.split('event: end').length === 21);
    expect([now.follow, text.split('HTTP/1.1 200').length]).toEqual([0, 21]);
    // The connection is good for more.
    socket.write('GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await eventually(() => text.includes('"status":"ok"'));
    socket.destroy();
    await service.close();
  });
});
