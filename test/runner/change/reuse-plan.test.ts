import { all, each, failed, settled } from '../../../src/decorators/edges';
import type { NodeStatus } from '../../../src/core/statuses';
import type { FlowGraph } from '../../../src/graph/workflow-graph';
import { planFork, planTakeOver } from '../../../src/runner/change/reuse-plan';
import type { OutlinedRecord, OutlinedRun } from '../../../src/store/reuse';
import { flow, flowOf, task } from '../../graph/sources';

const NONE: ReadonlySet<string> = new Set();

const graph = flowOf([
  task('load'),
  task('price', ['load']),
  task('items', ['load']),
  task('reserve', [each('items')]),
  task('pay', ['price', all('reserve')]),
  task('tidy', [], { always: true }),
  flow('main', ['pay']),
]);

/** A run of `of` in which all is COMPLETED, but for what `overrides` says: a status, a record, or none. */
function aRun(
  of: FlowGraph,
  overrides: Readonly<Record<string, NodeStatus | Partial<OutlinedRecord> | undefined>> = {},
): OutlinedRun {
  const records = of.nodes.flatMap(({ name, kind, shape, mapped }): OutlinedRecord[] => {
    const override = name in overrides ? overrides[name] : {};
    if (override === undefined) return [];
    const given = typeof override === 'string' ? { status: override } : override;
    const whole = { node: name, index: -1, kind, shape, status: 'COMPLETED', isArray: true, ...given } as const;
    return mapped ? [whole, { ...whole, index: 0, status: 'COMPLETED' }] : [whole];
  });
  return {
    id: 'source',
    workflow: 'w',
    flow: of.flow.name,
    fingerprint: of.fingerprint,
    status: 'COMPLETED',
    generation: 1,
    queue: 'default',
    priority: 0,
    tags: [],
    inputHash: 'h',
    createdAt: 0,
    records,
  };
}

describe('what a fork keeps', () => {
  it.each<[string, Parameters<typeof planFork>[2], string[], [string, number | undefined][]]>([
    ['from a task', { task: 'price' }, ['load', 'items', 'reserve'], []],
    ['from the first task', { task: 'load' }, [], []],
    ['from a mapped task as a whole', { task: 'reserve' }, ['load', 'price', 'items'], []],
    ['from one element', { task: 'reserve', index: 2 }, ['load', 'price', 'items'], [['reserve', 2]]],
    ['from the flow, with what runs at its end', { task: 'main' }, ['load', 'price', 'items', 'reserve', 'pay'], []],
    ['from what runs at its end', { task: 'tidy' }, ['load', 'price', 'items', 'reserve', 'pay', 'main'], []],
    ['from nowhere', undefined, ['load', 'price', 'items', 'reserve', 'pay', 'tidy', 'main'], []],
  ])('%s', (_, from, nodes, instances) => {
    expect(planFork(graph, aRun(graph), from, NONE)).toMatchObject({
      nodes,
      instances: instances.map(([node, except]) => ({ node, except })),
    });
  });

  it('of what is not COMPLETED: without `from` nothing, with `from` what is final elsewhere', () => {
    const tolerant = flowOf([task('a'), task('b'), task('c', [settled('b')]), flow('main', ['a', 'c'])]);
    const run = aRun(tolerant, { b: 'FAILED' });
    expect(planFork(tolerant, run, undefined, NONE).nodes).toEqual(['a']);
    expect(planFork(tolerant, run, { task: 'a' }, NONE).nodes).toEqual(['b', 'c']);
    // Its end was that of the run, and says nothing of what it would have done.
    expect(planFork(tolerant, aRun(tolerant, { b: 'CANCELLED' }), { task: 'a' }, NONE).nodes).toEqual([]);
  });

  it('of an unfinished run: what is final, and elements that are', () => {
    const run = aRun(graph, { reserve: 'RUNNING', pay: undefined, main: undefined, tidy: undefined });
    expect(planFork(graph, run, undefined, NONE)).toEqual({
      nodes: ['load', 'price', 'items'],
      instances: [{ node: 'reserve', except: undefined }],
      instanceStatuses: ['COMPLETED'],
    });
    expect(planFork(graph, run, { task: 'price' }, NONE)).toMatchObject({
      nodes: ['load', 'items'],
      instances: [{ node: 'reserve', except: undefined }],
      instanceStatuses: ['COMPLETED', 'FAILED', 'SKIPPED'],
    });
  });

  it('keeps no element of a map over an array that is made again', () => {
    const run = aRun(graph, { items: 'FAILED', reserve: 'FAILED' });
    expect(planFork(graph, run, undefined, NONE).instances).toEqual([]);
  });

  it('does again what the code has changed, and what follows from it', () => {
    const changed = flowOf([
      task('load'),
      task('check', ['load']),
      task('price', ['load', 'check']),
      task('items', ['load']),
      task('reserve', [each('items')]),
      task('pay', ['price', all('reserve')]),
      flow('main', ['pay']),
    ]);
    expect(planFork(changed, aRun(graph), undefined, NONE).nodes).toEqual(['load', 'items', 'reserve']);
    const noArray = aRun(graph, { items: { isArray: false } });
    expect(planFork(changed, noArray, undefined, NONE).nodes).toEqual(['load']);
  });

  it('does again what a compensation has undone', () => {
    expect(planFork(graph, aRun(graph), { task: 'pay' }, new Set(['price'])).nodes).toEqual([
      'load',
      'items',
      'reserve',
    ]);
  });
});

describe('what a start takes over', () => {
  const nodes = (of: FlowGraph, run: OutlinedRun, hash = 'h', undone = NONE): readonly string[] =>
    planTakeOver(of, run, hash, undone).nodes;

  it('of an equal flow with an equal input: everything', () => {
    expect(nodes(graph, aRun(graph))).toHaveLength(graph.nodes.length);
  });

  it('of another input: nothing, because every task may read it', () => {
    expect(nodes(graph, aRun(graph), 'other')).toEqual([]);
  });

  it('of another flow: what both need', () => {
    const other = flowOf(
      [task('load'), task('price', ['load']), task('items', ['load']), flow('quote', ['price', 'items'])],
      'quote',
    );
    expect(nodes(other, aRun(graph))).toEqual(['load', 'price', 'items']);
  });

  it('only COMPLETED nodes whose upstream is taken over, too', () => {
    const tolerant = flowOf([task('a'), task('b'), task('c', [settled('b')]), flow('main', ['a', 'c'])]);
    expect(nodes(tolerant, aRun(tolerant, { b: 'FAILED' }))).toEqual(['a']);
    expect(nodes(graph, aRun(graph, { price: { shape: 'x' } }))).toEqual(['load', 'items', 'reserve']);
    expect(nodes(graph, aRun(graph), 'h', new Set(['load']))).toEqual([]);
  });

  it('what runs at the end only together with the flow', () => {
    expect(nodes(graph, aRun(graph, { main: 'FAILED' }))).toEqual(['load', 'price', 'items', 'reserve', 'pay']);
    const handled = flowOf([
      task('a'),
      task('h', [failed('a')]),
      task('z', [], { always: true }),
      flow('main', ['a', 'z']),
    ]);
    expect(nodes(handled, aRun(handled, { h: 'SKIPPED' }))).toEqual(['a', 'z', 'main']);
  });
});
