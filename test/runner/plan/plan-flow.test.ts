import 'reflect-metadata';
import { container as globalContainer } from 'tsyringe';
import { WorkflowRunner, all, defineWorkflow, each, failed } from '../../../src';
import type { TaskContext, WorkflowRef } from '../../../src';
import { definitionOf } from '../../../src/decorators/definition-of';
import type { FlowGraph } from '../../../src/graph/workflow-graph';
import { planFlow } from '../../../src/runner/plan/plan-flow';
import { worstCall } from '../../../src/runner/plan/worst-call';

const flowOf = (workflow: WorkflowRef, flow = 'main'): FlowGraph =>
  definitionOf(workflow).graph.flows.get(flow) as FlowGraph;

const nothing = async (): Promise<void> => undefined;

const order = defineWorkflow('order')
  .task('check', { timeout: '1s' }, async (_: string) => ['a', 'b'])
  .task('quote', { dependsOn: ['check'], timeout: '5s' }, async () => 1)
  .task(
    'reserve',
    {
      dependsOn: [each('check', { maxConcurrency: 2 })],
      timeout: '2s',
      retries: { max: 2, backoff: 'exponential', initialDelay: '100ms' },
    },
    async (item: string) => item,
  )
  .task('pay', { dependsOn: [all('reserve'), 'quote'], timeout: '10s', totalTimeout: '15s', retries: 1 }, async () => 1)
  .task('tell', { dependsOn: [failed('pay')], timeout: '3s' }, nothing)
  .task('clean', { always: true, timeout: '4s' }, async (_: string) => undefined)
  .task('log', { dependsOn: ['clean'], always: true, timeout: '1s' }, nothing)
  .compensate('reserve', { timeout: '6s' }, async () => undefined)
  .compensate('pay', { timeout: '7s', retries: { max: 1, backoff: 'constant', initialDelay: '1s' } }, nothing)
  .flow('main', { dependsOn: ['pay'], timeout: '1s' }, async (_: number, _ctx: TaskContext<string>) => 1)
  .build();

describe('a plan', () => {
  it('tells order, waves, the critical path and the bounds, with what it assumes', () => {
    const plan = planFlow(flowOf(order), { elements: 5 });
    expect(plan.order).toEqual(['check', 'quote', 'reserve', 'pay', 'tell', 'main', 'clean', 'log']);
    expect(plan.waves).toEqual([['check'], ['quote', 'reserve'], ['pay'], ['tell', 'main'], ['clean'], ['log']]);
    // Three turns of two elements: each 3 × 2 s and delays of 100 and 200 ms.
    const reserve = 3 * 6_300;
    expect(plan.nodes.find(({ task }) => task === 'reserve')).toEqual({
      task: 'reserve',
      kind: 'task',
      wave: 2,
      isHandler: false,
      elements: 5,
      calls: 15,
      durationMs: reserve,
      endsAfterMs: 1_000 + reserve,
    });
    expect(plan.criticalPath).toEqual(['check', 'reserve', 'pay', 'main', 'clean', 'log']);
    const worst = 1_000 + reserve + 15_000 + 1_000 + 4_000 + 1_000;
    expect(plan.worstCase).toEqual({ durationMs: worst, calls: 1 + 1 + 15 + 2 + 1 + 1 + 1 + 1 });
    // First the payment is undone, then all elements side by side.
    expect(plan.compensations.map(({ task, wave, endsAfterMs }) => [task, wave, endsAfterMs])).toEqual([
      ['pay-compensation', 1, 15_000],
      ['reserve-compensation', 2, 21_000],
    ]);
    expect(plan.worstCaseWithCompensations).toEqual({ durationMs: worst + 21_000, calls: 23 + 2 + 5 });
  });

  it('is a table for people', () => {
    expect(String(planFlow(flowOf(order), { elements: { reserve: 5 } }))).toMatchInlineSnapshot(`
     "plan of order.main: 8 nodes in 6 waves, at most 23 calls, 40s 900ms
        1  check                 at most 1 call, 1s
        2  quote                 at most 1 call, 5s
        2  reserve               at most 15 calls, 18s 900ms (5 elements)
        3  pay                   at most 2 calls, 15s
        4  tell                  at most 1 call, 3s (a handler)
        4  main                  at most 1 call, 1s
        5  clean                 at most 1 call, 4s (a handler)
        6  log                   at most 1 call, 1s (a handler)
     critical path: check → reserve → pay → main → clean → log
     compensations, after a failure or a cancel: all together at most 30 calls, 1m 1s 900ms
        1  pay-compensation      at most 2 calls, 15s
        2  reserve-compensation  at most 5 calls, 6s (5 elements)
     - not counted: waits that tasks return; waiting for a worker, a place or a slot; the time of the engine and the database; calls that a crash repeats"
    `);
  });

  it('says what has no timeout, a policy of its own, or elements that nobody gave', () => {
    const policy = { execute: (run: (context: unknown) => unknown) => run({}) };
    const open = defineWorkflow('open')
      .task('list', { timeout: false }, async (_: void) => [1])
      .task('each-one', { dependsOn: [each('list')], policy: policy as never }, async (n: number) => n)
      .flow('main', { dependsOn: [all('each-one')] }, async (_: number[], _ctx: TaskContext<void>) => 1)
      .build();
    const plan = planFlow(flowOf(open));
    expect(plan.worstCase).toEqual({ durationMs: Infinity, calls: 3 });
    expect(plan.criticalPath).toEqual(['list', 'each-one', 'main']);
    expect(plan.notes.slice(0, 3)).toEqual([
      '"list" has no timeout: how long it takes at most cannot be told',
      '"each-one" has a policy of its own, which may call it more than once in an attempt',
      '1 element is assumed for each mapped task ("each-one"); say how many by { elements }',
    ]);
    expect(plan.notes).toHaveLength(4);
    expect(String(plan)).toContain('plan of open.main: 3 nodes in 3 waves, at most 3 calls, without a limit of time');
  });

  it('calls nothing for a map over nothing, even where a call has no limit', () => {
    const empty = defineWorkflow('empty')
      .task('list', { timeout: '1s' }, async (_: void) => [1])
      .task('item', { dependsOn: [each('list')], timeout: false }, async (n: number) => n)
      .flow('main', { dependsOn: [all('item')], timeout: '1s' }, async (_: number[], _ctx: TaskContext<void>) => 1)
      .build();
    expect(planFlow(flowOf(empty), { elements: 0 }).worstCase).toEqual({ durationMs: 2_000, calls: 2 });
  });

  it('counts an always task without dependencies where the flow needs it', () => {
    const needed = defineWorkflow('needed')
      .task('first', { always: true, timeout: '1s' }, async (_: void) => 1)
      .flow('main', { dependsOn: ['first'], timeout: '1s' }, async (_: number, _ctx: TaskContext<void>) => 1)
      .build();
    expect(planFlow(flowOf(needed)).waves).toEqual([['first'], ['main']]);
  });

  it('is plain data', () => {
    const plan = planFlow(flowOf(order));
    expect(Object.keys(JSON.parse(JSON.stringify(plan)) as object)).not.toContain('toString');
    expect(structuredClone(plan).order).toEqual(plan.order);
  });

  it.each([
    [{ elements: -1 }, 'plan.elements must be a whole number from 0 on, got -1'],
    [{ elements: 1.5 }, 'plan.elements must be a whole number from 0 on, got 1.5'],
    [{ elements: null }, 'plan.elements must be a whole number from 0 on, got null'],
    [{ elements: { reserve: '5' } }, 'plan.elements.reserve must be a whole number from 0 on, got 5'],
    [
      { elements: { pay: 5 } },
      'plan.elements names "pay", which is no mapped task of order.main; mapped are: "reserve"',
    ],
  ])('refuses %j', (options, message) => {
    expect(() => planFlow(flowOf(order), options as never)).toThrow(
      expect.objectContaining({ code: 'ARGUMENT_INVALID', message }) as Error,
    );
  });

  it('is the runner’s to give, and asks no database', async () => {
    const container = globalContainer.createChildContainer();
    const runner = await WorkflowRunner.create({ workflows: [order], database: 'memory:', container, worker: false });
    await runner.close();
    expect(runner.plan(order, 'main').flow).toBe('main');
    expect(() => runner.plan(order, 'pay' as never)).toThrow(expect.objectContaining({ code: 'NOT_A_FLOW' }) as Error);
  });
});

describe('the most that a call can take', () => {
  const options = flowOf(order).byName.get('check')?.options as NonNullable<
    ReturnType<typeof flowOf>
  >['flow']['options'];
  const retries = { max: 0, backoff: 'constant', initialDelayMs: 100, maxDelayMs: 1_000, jitter: true } as const;

  it.each([
    ['no retries', {}, 1, 10_000],
    ['a constant delay', { max: 3 }, 4, 40_300],
    ['a linear one, which stops at its maximum', { max: 20, backoff: 'linear' }, 21, 210_000 + 5_500 + 10_000],
    ['an exponential one', { max: 3, backoff: 'exponential' }, 4, 40_700],
    ['more retries than one would add up', { max: 2 ** 40, backoff: 'exponential' }, 2 ** 40 + 1, undefined],
  ] as const)('with %s', (_name, changed, calls, durationMs) => {
    const worst = worstCall({ ...options, timeoutMs: 10_000, retries: { ...retries, ...changed } });
    expect(worst.calls).toBe(calls);
    if (durationMs !== undefined) expect(worst.durationMs).toBe(durationMs);
  });

  it('is bounded by the total timeout alone where an attempt has none', () => {
    const limits = { timeoutMs: false, totalTimeoutMs: 500 } as const;
    expect(worstCall({ ...options, ...limits, retries: { ...retries, max: 7 } })).toEqual({
      calls: 8,
      durationMs: 500,
    });
  });
});
