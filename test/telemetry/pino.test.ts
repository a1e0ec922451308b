import { Writable } from 'node:stream';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import pino from 'pino';
import { currentTask, defineWorkflow, WorkflowRunner } from '../../src/index';
import type { TaskContext, TypeflowLogger } from '../../src/index';
import { TracedProcess } from '../fixtures/span-tree';

const orders = defineWorkflow('orders')
  .flow('main', { retries: 0 }, (_: undefined, ctx: TaskContext) => {
    ctx.logger.info({ total: 3 }, 'charged');
    ctx.logger.error({ err: new TypeError('no') }, 'it went wrong');
    return 1;
  })
  .build();

/** A pino logger, and the lines that it wrote. */
function pinoLines(options: pino.LoggerOptions = {}) {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  return { logger: pino(options, stream), lines };
}

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => {
  context.disable();
});

describe('a pino logger', () => {
  it('is a logger as it is, at the level that it has', async () => {
    const { logger, lines } = pinoLines();
    await using runner = await WorkflowRunner.create({ workflows: [orders], database: 'memory:', logger });
    await runner.run(orders, 'main');
    await runner.close();
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      [30, 'charged'],
      [50, 'it went wrong'],
    ]);
    expect(lines[0]).toMatchObject({ total: 3, workflow: 'orders', task: 'main', attempt: 1 });
    // By its own serializer, as everywhere else in an application that logs with pino.
    expect(lines[1]?.['err']).toMatchObject({ type: 'TypeError', message: 'no' });
  });

  it('gets the ids of the trace with each line, in a child of it too', async () => {
    const { logger, lines } = pinoLines();
    const here = new TracedProcess('here');
    await using runner = await WorkflowRunner.create({
      workflows: [orders],
      database: 'memory:',
      logger: logger.child({ app: 'shop' }),
      telemetry: here.telemetry,
    });
    await runner.run(orders, 'main');
    await runner.close();
    const span = here.exporter.getFinishedSpans().find(({ name }) => name === 'attempt main');
    expect(lines[0]).toMatchObject({
      app: 'shop',
      trace_id: span?.spanContext().traceId,
      span_id: span?.spanContext().spanId,
    });
  });

  it('of the application knows the task that it is called in, by a mixin', async () => {
    const { logger, lines } = pinoLines({ mixin: () => ({ ...currentTask() }) });
    const told = defineWorkflow('told')
      .flow('main', () => logger.info('from the depths'))
      .build();
    await using runner = await WorkflowRunner.create({ workflows: [told], database: 'memory:' });
    await runner.run(told, 'main');
    expect(lines).toMatchObject([{ msg: 'from the depths', workflow: 'told', task: 'main', attempt: 1 }]);
  });
});

it('code that writes an object and then a message, as pino takes them, can write to either', () => {
  const seen: unknown[][] = [];
  const keep = (fields: unknown, message: string): void => void seen.push([fields, message]);
  const ours: TypeflowLogger = { debug: keep, info: keep, warn: keep, error: keep };
  const library = (log: { warn(fields: object, message: string): void }): void =>
    log.warn({ retries: 2 }, 'trying again');
  library(ours);
  library(pinoLines().logger);
  expect(seen).toEqual([[{ retries: 2 }, 'trying again']]);
});
