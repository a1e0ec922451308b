import 'reflect-metadata';
import { container } from 'tsyringe';
import { z } from 'zod';
import { WorkflowRunner, all, defineWorkflow, each, signal } from '../../src';
import type { RunnerOptions, TaskContext } from '../../src';
import type { ServiceOptions } from '../../src/service';
import { createService } from '../../src/service';
import { MemoryLogger } from '../fixtures/memory-logger';

export const approved = signal<unknown>('approved');

/** What the services of these tests serve. */
export const orders = defineWorkflow('orders', { version: '2' })
  .task('check', async (order: { total: number }) => order.total)
  .task('lines', { dependsOn: ['check'] }, async (n: number) => Array.from({ length: Math.min(n, 5) }, (_, i) => i))
  .task('pack', { dependsOn: [each('lines')] }, async (n: number, ctx: TaskContext<{ total: number }>) => {
    ctx.logger.info({ n }, 'packed');
    return n * 10;
  })
  .flow(
    'main',
    { dependsOn: [all('pack')], input: z.object({ total: z.number(), card: z.string().optional() }) },
    async (packed: number[], _ctx: TaskContext<{ total: number; card?: string | undefined }>) => ({ packed }),
  )
  .flow('quote', { dependsOn: ['check'] }, async (n: number, _ctx: TaskContext<{ total: number }>) => `costs ${n}`)
  .build();

export const ask = defineWorkflow('ask')
  .task('wait', async (_: unknown, ctx: TaskContext<unknown>) => ctx.waitFor(approved))
  .flow('main', { dependsOn: ['wait'] }, async (said: unknown, _ctx: TaskContext<unknown>) => said)
  .build();

export const echo = defineWorkflow('echo')
  .flow('main', async (input: unknown) => input)
  .build();

export const broken = defineWorkflow('broken')
  .task('fail', { retries: 0 }, async (message: unknown) => {
    throw new Error(String(message));
  })
  .flow('main', { dependsOn: ['fail'] }, async (_: never, _ctx: TaskContext<unknown>) => 'never')
  .build();

export const workflows = [orders, ask, echo, broken];

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the tests say what they expect of it
  readonly body: any;
}

/** A client of one service. */
export type Call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;

export function clientOf(url: string, common: Record<string, string> = {}): Call {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...(method !== 'GET' && { 'content-type': 'application/json' }), ...common, ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
  };
}

export interface Served {
  readonly runner: WorkflowRunner;
  readonly url: string;
  readonly call: Call;
  readonly log: MemoryLogger;
  close(): Promise<void>;
}

/** A runner and its service, on a free port. */
export async function serve(
  options: ServiceOptions = {},
  database = 'memory:',
  more: Pick<RunnerOptions, 'telemetry'> = {},
): Promise<Served> {
  const log = new MemoryLogger();
  const runner = await WorkflowRunner.create({
    workflows,
    database,
    container: container.createChildContainer(),
    logger: log,
    worker: { poll: '20ms' },
    ...more,
  });
  const service = await createService(runner, { port: 0, logger: log, ...options });
  return {
    runner,
    url: service.url,
    call: clientOf(service.url),
    log,
    close: async () => {
      await service.close();
      await runner.close();
    },
  };
}

/** A run that was held and executed to its end. */
export async function completed(call: Call, name = 'echo', input: unknown = 1): Promise<string> {
  const { body } = await call('POST', '/workflows', { name, flow: 'main', input });
  await call('POST', `/workflows/${body.id}/execute`, { wait: '20s' });
  return body.id;
}
