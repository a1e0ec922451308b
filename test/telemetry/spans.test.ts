import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { SamplingDecision } from '@opentelemetry/sdk-trace-base';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { all, defineWorkflow, each, WorkflowRunner } from '../../src/index';
import type { RunnerOptions, TaskContext } from '../../src/index';
import { openTelemetry } from '../../src/telemetry';
import { MemoryLogger } from '../fixtures/memory-logger';
import { TracedProcess, treeOf } from '../fixtures/span-tree';

let here: TracedProcess;

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => {
  context.disable();
});
beforeEach(() => {
  here = new TracedProcess('here');
});
afterEach(() => here.close());

const create = (workflows: RunnerOptions['workflows'], options: Partial<RunnerOptions> = {}) =>
  WorkflowRunner.create({ workflows, database: 'memory:', telemetry: here.telemetry, ...options });

const onlySpan = (name: string) => {
  const found = here.exporter.getFinishedSpans().filter((span) => span.name === name);
  if (found.length !== 1) throw new Error(`expected one span "${name}", got ${found.length}`);
  return found[0] as NonNullable<(typeof found)[0]>;
};

describe('a process without an SDK', () => {
  const RUN = { id: 'r', workflow: 'orders', flow: 'main', queue: 'default', generation: 1, epoch: 1, createdAt: 0 };
  const NODE = { task: 'a', kind: 'task', index: -1, attempt: 1, failures: 0 } as const;
  const noSdk = openTelemetry({ metrics: false });

  it('is told nothing of runs that are part of no trace', () => {
    expect(noSdk.runBegun?.(RUN)).toBeUndefined();
  });

  it('hands on the trace of the process that started the run', () => {
    const started = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(noSdk.runBegun?.({ ...RUN, trace: started })?.offered?.(NODE)).toBe(started);
  });
});

describe('the spans of a run', () => {
  it('are one tree below what was active at its start, with the attempts of a node below the node', async () => {
    let calls = 0;
    const orders = defineWorkflow('orders')
      .task('flaky', { retries: { max: 1, initialDelay: 1 } }, () => {
        if (++calls === 1) throw new Error('not yet');
        return [1, 2];
      })
      .task('double', { dependsOn: [each('flaky')] }, (n: number) => n * 2)
      .flow('main', { dependsOn: [all('double')] }, (numbers: number[]) => numbers)
      .build();
    await using runner = await create([orders]);
    const tracer = here.provider.getTracer('test');
    await tracer.startActiveSpan('POST /orders', async (span) => {
      await runner.run(orders, 'main');
      span.end();
    });
    await runner.close();
    expect(treeOf(here.spans)).toBe(
      `
POST /orders @here
  start orders.main created @here
    run orders.main completed @here
      task flaky completed @here
        attempt flaky #1 failed (error) @here
        attempt flaky #2 completed @here
      task double completed @here
      task double [0] completed @here
        attempt double [0] #1 completed @here
      task double [1] completed @here
        attempt double [1] #1 completed @here
      flow main completed @here
        attempt main #1 completed @here
`.trim(),
    );
  });

  it('say what they are of, and nothing of inputs and outputs', async () => {
    const orders = defineWorkflow('orders')
      .flow('main', (input: string, ctx: TaskContext<string>) => `${input} out in ${ctx.runId}`)
      .build();
    await using runner = await create([orders]);
    const run = await runner.start(orders, 'main', 'a secret');
    await run.result();
    await runner.close();
    const common = {
      'typeflow.run.id': run.id,
      'typeflow.workflow': 'orders',
      'typeflow.flow': 'main',
      'typeflow.queue': 'default',
    };
    expect(onlySpan('start orders.main').attributes).toEqual({ ...common, 'typeflow.outcome': 'created' });
    expect(onlySpan('run orders.main').attributes).toEqual({
      ...common,
      'typeflow.run.generation': 1,
      'typeflow.run.epoch': 1,
      'typeflow.outcome': 'completed',
    });
    const node = { ...common, 'typeflow.task': 'main', 'typeflow.node.kind': 'flow', 'typeflow.outcome': 'completed' };
    expect(onlySpan('flow main').attributes).toEqual(node);
    expect(onlySpan('attempt main').attributes).toEqual({ ...node, 'typeflow.attempt': 1 });
    expect(JSON.stringify(here.exporter.getFinishedSpans().map((span) => span.attributes))).not.toContain('secret');
  });

  it('have errors as they are recorded: without what looks like a password', async () => {
    const orders = defineWorkflow('orders')
      .flow('main', () => {
        throw new TypeError('no answer of postgres://me:hunter2@db/x');
      })
      .build();
    await using runner = await create([orders]);
    await expect(runner.run(orders, 'main')).rejects.toThrow('no answer');
    await runner.close();
    const attempt = onlySpan('attempt main');
    expect(attempt.status).toEqual({
      code: 2,
      message: 'TypeError: no answer of postgres://me:[redacted]@db/x',
    });
    expect(attempt.attributes).toMatchObject({ 'error.type': 'TypeError', 'typeflow.error.retryable': true });
    expect(attempt.events).toMatchObject([{ name: 'exception', attributes: { 'exception.type': 'TypeError' } }]);
    expect(JSON.stringify(attempt.events)).not.toContain('hunter2');
    expect(onlySpan('flow main').status.code).toBe(2);
    const run = onlySpan('run orders.main');
    expect([run.status.message, run.attributes['typeflow.outcome']]).toEqual([
      'TypeError: no answer of postgres://me:[redacted]@db/x',
      'failed',
    ]);
  });

  it('have nodes that were never called as events', async () => {
    const orders = defineWorkflow('orders')
      .task('first', (_: undefined, ctx: TaskContext) => ctx.skip('nothing to do'))
      .task('second', { dependsOn: ['first'] }, () => 1)
      .flow('main', { dependsOn: ['second'] }, () => 1)
      .build();
    await using runner = await create([orders]);
    await expect(runner.run(orders, 'main')).rejects.toThrow();
    await runner.close();
    expect(onlySpan('task first').attributes).toMatchObject({
      'typeflow.outcome': 'skipped',
      'typeflow.reason': 'skipped-by-task',
    });
    expect(onlySpan('run orders.main').events).toMatchObject([
      { name: 'node skipped', attributes: { 'typeflow.task': 'second', 'typeflow.reason': 'edge-unmet' } },
      { name: 'node skipped', attributes: { 'typeflow.task': 'main' } },
    ]);
  });

  it('of a child are below the attempt that asked for it', async () => {
    let open!: () => void;
    const parentIsParked = new Promise<void>((resolve) => (open = resolve));
    const audit = defineWorkflow('audit')
      .flow('main', async () => {
        await parentIsParked;
        return 'fine';
      })
      .build();
    const orders = defineWorkflow('orders')
      .task('check', (_: undefined, ctx: TaskContext) => ctx.child(audit, 'main'))
      .flow('main', { dependsOn: ['check'] }, (answer: string) => answer)
      .build();
    await using runner = await create([orders, audit]);
    runner.subscribe((event) => {
      if (event.type === 'run' && event.status === 'WAITING') open();
    });
    expect(await runner.run(orders, 'main')).toBe('fine');
    await runner.close();
    expect(treeOf(here.spans)).toBe(
      `
start orders.main created @here
  run orders.main parked @here
    task check parked @here
      attempt check #1 waiting @here
        run audit.main completed @here
          flow main completed @here
            attempt main #1 completed @here
  run orders.main completed @here
    task check completed @here
    flow main completed @here
      attempt main #1 completed @here
`.trim(),
    );
    expect(onlySpan('attempt check').attributes['typeflow.wait']).toBe('child');
  });

  it('begin a trace of their own with each tick of a schedule', async () => {
    const orders = defineWorkflow('orders')
      .flow('main', () => 1)
      .build();
    await using runner = await create([orders]);
    const ended = new Promise<void>((resolve) => {
      runner.subscribe((event) => {
        if (event.type === 'run' && event.status === 'COMPLETED') resolve();
      });
    });
    await here.provider.getTracer('test').startActiveSpan('deploy', async (span) => {
      await runner.schedules.set('often', orders, 'main', { cron: '* * * * * *' });
      span.end();
    });
    await ended;
    await runner.close();
    const [start] = here.exporter.getFinishedSpans().filter(({ name }) => name === 'start orders.main');
    expect(start?.attributes['typeflow.schedule']).toBe('often');
    expect(start?.parentSpanContext).toBeUndefined();
    const traceId = start?.spanContext().traceId;
    expect(treeOf(here.spans.filter((span) => span.traceId === traceId)).split('\n')).toHaveLength(4);
  });

  it('of a fork are a trace of their own, linked with the run that was forked', async () => {
    const orders = defineWorkflow('orders')
      .task('a', () => 1)
      .flow('main', { dependsOn: ['a'] }, (a: number) => a)
      .build();
    await using runner = await create([orders]);
    const first = await runner.start(orders, 'main');
    await first.result();
    const fork = await runner.fork(first.id, { from: 'main' });
    await fork.result();
    await runner.close();
    const starts = here.exporter.getFinishedSpans().filter(({ name }) => name === 'start orders.main');
    expect(starts).toHaveLength(2);
    expect(starts[1]?.attributes['typeflow.run.forked_from']).toBe(first.id);
    expect(starts[1]?.links.map((link) => link.context.spanId)).toEqual([starts[0]?.spanContext().spanId]);
    expect(starts[1]?.spanContext().traceId).not.toBe(starts[0]?.spanContext().traceId);
  });

  it('of a start that found its run name that run', async () => {
    const orders = defineWorkflow('orders')
      .flow('main', () => 1)
      .build();
    await using runner = await create([orders]);
    const first = await runner.start(orders, 'main', undefined, { idempotencyKey: 'k' });
    await runner.start(orders, 'main', undefined, { idempotencyKey: 'k' });
    await first.result();
    await runner.close();
    const starts = here.exporter.getFinishedSpans().filter(({ name }) => name === 'start orders.main');
    expect(starts.map((span) => [span.attributes['typeflow.outcome'], span.attributes['typeflow.run.id']])).toEqual([
      ['created', first.id],
      ['found', first.id],
    ]);
  });

  it('are not recorded anywhere when the one that is active at the start is not sampled', async () => {
    const exporter = new InMemorySpanExporter();
    const tracerProvider = new BasicTracerProvider({
      spanProcessors: [new SimpleSpanProcessor(exporter)],
      sampler: {
        shouldSample: (_context, _traceId, name) => ({
          decision: name.startsWith('start') ? SamplingDecision.NOT_RECORD : SamplingDecision.RECORD_AND_SAMPLED,
        }),
        toString: () => 'test',
      },
    });
    const seen: string[] = [];
    const orders = defineWorkflow('orders')
      .flow('main', () => {
        seen.push(trace.getActiveSpan()?.spanContext().traceId ?? '');
      })
      .build();
    await using runner = await create([orders], { telemetry: openTelemetry({ tracerProvider, metrics: false }) });
    await runner.run(orders, 'main');
    await runner.close();
    const spans = exporter.getFinishedSpans();
    // This sampler ignores parents; what matters is that those saw an unsampled one, and the same trace.
    expect(spans.map(({ name }) => name).sort()).toEqual(['attempt main', 'flow main', 'run orders.main']);
    const run = spans.find(({ name }) => name === 'run orders.main');
    expect(run?.parentSpanContext).toMatchObject({ traceFlags: 0, isRemote: true, traceId: seen[0] });
  });
});

describe('the code of a task', () => {
  it('runs with the span of its attempt active, so that its own spans are below it', async () => {
    const tracer = here.provider.getTracer('app');
    const orders = defineWorkflow('orders')
      .flow('main', async () => {
        await new Promise((resolve) => setImmediate(resolve));
        tracer.startSpan('SELECT 1').end();
      })
      .build();
    await using runner = await create([orders]);
    await runner.run(orders, 'main');
    await runner.close();
    expect(onlySpan('SELECT 1').parentSpanContext?.spanId).toBe(onlySpan('attempt main').spanContext().spanId);
  });

  it('logs with the ids of its trace, beside the fields of its run', async () => {
    const logger = new MemoryLogger();
    const orders = defineWorkflow('orders')
      .flow('main', (_: undefined, ctx: TaskContext) => ctx.logger.info({ total: 3 }, 'charged'))
      .build();
    await using runner = await create([orders], { logger });
    await runner.run(orders, 'main');
    await runner.close();
    const { traceId, spanId } = onlySpan('attempt main').spanContext();
    const ids = { trace_id: traceId, span_id: spanId, trace_flags: '01' };
    const fieldsOf = (message: string) => logger.lines.find((line) => line.message === message)?.fields;
    expect(fieldsOf('charged')).toMatchObject({ total: 3, task: 'main', ...ids });
    expect(fieldsOf('attempt started')).toMatchObject(ids);
    expect(fieldsOf('attempt completed')).toMatchObject(ids);
  });

  it('does not see the context of whoever started its run, when telemetry is on', async () => {
    const seen: (string | undefined)[] = [];
    const orders = defineWorkflow('orders')
      .flow('main', () => void seen.push(trace.getActiveSpan()?.spanContext().spanId))
      .build();
    await using runner = await create([orders]);
    await here.provider.getTracer('test').startActiveSpan('request', async (span) => {
      await runner.run(orders, 'main');
      span.end();
    });
    await runner.close();
    expect(seen).toEqual([onlySpan('attempt main').spanContext().spanId]);
  });
});

describe('without telemetry', () => {
  it('no span is made, and no field comes into the log', async () => {
    const logger = new MemoryLogger();
    let active: unknown = 'not asked';
    const orders = defineWorkflow('orders')
      .flow('main', (_: undefined, ctx: TaskContext) => {
        active = trace.getActiveSpan();
        ctx.logger.info({}, 'charged');
      })
      .build();
    await using runner = await WorkflowRunner.create({ workflows: [orders], database: 'memory:', logger });
    await runner.run(orders, 'main');
    await runner.close();
    expect(active).toBeUndefined();
    expect(here.spans).toEqual([]);
    expect(logger.lines.filter((line) => 'trace_id' in line.fields)).toEqual([]);
  });
});
