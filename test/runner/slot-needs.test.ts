import { encode } from '../../src/core/codec/encode';
import { ConcurrencyKeyError } from '../../src/core/errors/task-errors';
import { defineWorkflow } from '../../src';
import type { ConcurrencyPolicy } from '../../src';
import { SlotNeeds } from '../../src/runner/slot-needs';
import type { FlowNode } from '../../src/graph/workflow-graph';

const limits = new Map([
  ['gpu', 2],
  ['slow', 7],
]);

function needsOf(
  concurrency: number | ConcurrencyPolicy | undefined,
  {
    queue,
    input = null,
    queues = new Map<string, number>(),
    runQueue = 'default',
  }: {
    queue?: string;
    input?: unknown;
    queues?: ReadonlyMap<string, number>;
    runQueue?: string;
  } = {},
) {
  const workflow = defineWorkflow('orders')
    .task(
      'charge',
      { ...(concurrency !== undefined && { concurrency }), ...(queue !== undefined && { queue }) },
      () => 1,
    )
    .flow('main', { dependsOn: ['charge'], queue: 'slow' }, (n: number) => n)
    .build();
  const nodes = workflow.graph.flows.get('main')?.nodes ?? [];
  const run = { workflow: 'orders', queue: runQueue, input: encode(input, { what: 'input', maxBytes: 10_000 }) };
  const needs = new SlotNeeds(run, queues);
  const of = (name: string) => needs.of(nodes.find((node) => node.name === name) as FlowNode);
  return { charge: () => of('charge'), main: () => of('main') };
}

const keyOf = (key: ConcurrencyPolicy['key'], input?: unknown): string | undefined =>
  needsOf({ limit: 1, ...(key !== undefined && { key }) }, { input }).charge()?.[0]?.key;

describe('the limits that a call is under', () => {
  it('are none for a node without any, in a queue without any', () => {
    expect(needsOf(undefined).charge()).toBeUndefined();
    expect(needsOf(undefined, { queues: limits }).charge()).toBeUndefined();
  });

  it("are its own, then its queue's: the node's queue, else the run's; of a flow always the run's", () => {
    const own = { key: 'task:orders:charge', limit: 3 };
    expect(needsOf(3).charge()).toEqual([own]);
    expect(needsOf(3, { queues: limits, queue: 'gpu' }).charge()).toEqual([own, { key: 'queue:gpu', limit: 2 }]);
    expect(needsOf(undefined, { queues: limits, runQueue: 'gpu' }).charge()).toEqual([{ key: 'queue:gpu', limit: 2 }]);
    expect(needsOf(3, { queues: limits, queue: 'gpu', runQueue: 'other' }).main()).toBeUndefined();
    expect(needsOf(3, { queues: limits, runQueue: 'gpu' }).main()).toEqual([{ key: 'queue:gpu', limit: 2 }]);
  });

  it.each([
    ['a text', 'stripe', 'key:orders:stripe'],
    ['of the input', (input: { id: string }) => `c-${input.id}`, 'key:orders:c-7'],
    ['a number', () => 7, 'key:orders:7'],
    ['false', () => false, 'key:orders:false'],
    ['nothing', () => '', 'key:orders:'],
  ])('have a key: %s', (_, key, expected) => {
    expect(keyOf(key, { id: '7' })).toBe(expected);
  });

  it.each([
    ['long', 'x'.repeat(101)],
    ['not ASCII', 'ключ'],
    ['with a NUL', 'a\0b'],
    ['half of a pair', '\ud800'],
    ['like a hash', 'sha256:abc'],
  ])('have a key that is stored as its hash when it is %s', (_, value) => {
    expect(keyOf(() => value)).toMatch(/^key:orders:sha256:[0-9a-f]{64}$/);
    expect(keyOf(() => value)).not.toBe(keyOf(() => `${value}.`));
  });

  it('tell the halves of pairs apart', () => {
    expect(keyOf(() => '\ud800')).not.toBe(keyOf(() => '\ud801'));
  });

  it('never exceed what a column holds', () => {
    expect(needsOf(Number.MAX_SAFE_INTEGER).charge()?.[0]?.limit).toBe(2_147_483_647);
  });

  it('call the key function once for all calls of the node', () => {
    let calls = 0;
    const { charge } = needsOf({ limit: 1, key: () => ++calls });
    expect([charge(), charge()]).toEqual([charge(), charge()]);
    expect(calls).toBe(1);
  });

  it.each([
    ['threw', () => JSON.parse('{')],
    ['returned undefined', () => undefined],
    ['returned null', () => null],
    ['returned object', async () => 'late'],
    ['returned symbol', () => Symbol('x')],
  ])('are an error that names the task when the key function %s', (problem, key) => {
    const { charge } = needsOf({ limit: 1, key: key as () => string });
    expect(charge).toThrow(ConcurrencyKeyError);
    expect(charge).toThrow(`concurrency.key of task "charge" must return a string, a number or a boolean`);
    expect(charge).toThrow(problem);
  });
});
