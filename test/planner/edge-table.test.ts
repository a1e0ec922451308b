import type { FinalNodeStatus } from '../../src/core/statuses';
import type { EdgeRule } from '../../src/graph/edge';
import type { FlowEdge } from '../../src/graph/workflow-graph';
import { judgeEdge } from '../../src/planner/edge-table';
import type { EdgeVerdict } from '../../src/planner/edge-table';
import { flowOf } from './flow-fixture';
import { Scenario } from './scenario';

const STATUSES = ['COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED'] as const;

/** The table of the design, one row a rule: what each final status of the upstream does to the edge. */
const ROWS: readonly (readonly [EdgeRule, readonly [EdgeVerdict, EdgeVerdict, EdgeVerdict, EdgeVerdict]])[] = [
  ['completed', ['met', 'unmet', 'unmet', 'cancelled']],
  ['optional', ['met', 'unmet', 'met', 'cancelled']],
  ['settled', ['met', 'met', 'met', 'cancelled']],
  ['failed', ['unmet', 'met', 'unmet', 'cancelled']],
  ['each', ['met', 'unmet', 'unmet', 'cancelled']],
  ['all', ['met', 'unmet', 'unmet', 'cancelled']],
  ['allSettled', ['met', 'met', 'met', 'cancelled']],
];

function edgeOf(rule: EdgeRule, always: boolean): { flow: ReturnType<typeof flowOf>; edge: FlowEdge } {
  const flow = flowOf([{ name: 'u' }, { name: 'n', edges: [`${rule}(u)`], always }, { name: 'main', edges: ['u'] }]);
  return { flow, edge: flow.byName.get('n')?.edges[0] as FlowEdge };
}

describe('edge table', () => {
  const cells = ROWS.flatMap(([rule, verdicts]) =>
    STATUSES.map((status, i) => [rule, status, verdicts[i] as EdgeVerdict] as const),
  );

  test.each(cells)('%s on %s is %s', (rule, status, expected) => {
    const { edge, flow } = edgeOf(rule, false);
    expect(judgeEdge(flow.nodes[1] as never, edge, status)).toBe(expected);
  });

  test.each(cells)('of an always task, %s on %s is %s, but settled rules take CANCELLED', (rule, status, expected) => {
    const { edge, flow } = edgeOf(rule, true);
    const takesCancelled = status === 'CANCELLED' && (rule === 'settled' || rule === 'allSettled');
    expect(judgeEdge(flow.nodes[1] as never, edge, status)).toBe(takesCancelled ? 'met' : expected);
  });
});

describe('the table applied to a run', () => {
  const endings: readonly (readonly [EdgeRule, Exclude<FinalNodeStatus, 'CANCELLED'>, string])[] = [
    ['completed', 'COMPLETED', 'start n'],
    ['completed', 'FAILED', 'n SKIPPED (completed u FAILED)'],
    ['completed', 'SKIPPED', 'n SKIPPED (completed u SKIPPED)'],
    ['optional', 'COMPLETED', 'start n'],
    ['optional', 'FAILED', 'n SKIPPED (optional u FAILED)'],
    ['optional', 'SKIPPED', 'start n'],
    ['settled', 'COMPLETED', 'start n'],
    ['settled', 'FAILED', 'start n'],
    ['settled', 'SKIPPED', 'start n'],
    ['failed', 'COMPLETED', 'n SKIPPED (failed u COMPLETED)'],
    ['failed', 'FAILED', 'start n'],
    ['failed', 'SKIPPED', 'n SKIPPED (failed u SKIPPED)'],
    ['each', 'COMPLETED', 'n RUNNING of 2'],
    ['each', 'FAILED', 'n SKIPPED (each u FAILED)'],
    ['each', 'SKIPPED', 'n SKIPPED (each u SKIPPED)'],
  ];

  test.each(endings)('%s on %s: %s', (rule, status, expected) => {
    const run = new Scenario(flowOf([{ name: 'u' }, { name: 'n', edges: [`${rule}(u)`] }, { name: 'main' }]));
    run.begin();
    const lines = status === 'COMPLETED' ? run.complete('u', 2) : status === 'FAILED' ? run.fail('u') : run.skip('u');
    expect(lines[1]).toBe(expected);
  });

  const mapped: readonly (readonly [EdgeRule, string, readonly string[], string])[] = [
    ['all', 'all COMPLETED', ['complete', 'complete'], 'start n'],
    ['all', 'COMPLETED and SKIPPED', ['complete', 'skip'], 'start n'],
    ['all', 'one FAILED', ['complete', 'fail'], 'n SKIPPED (all m FAILED)'],
    ['allSettled', 'all COMPLETED', ['complete', 'complete'], 'start n'],
    ['allSettled', 'one FAILED', ['complete', 'fail'], 'start n'],
    ['failed', 'all COMPLETED', ['complete', 'complete'], 'n SKIPPED (failed m COMPLETED)'],
    ['failed', 'one FAILED', ['complete', 'fail'], 'start n'],
  ];

  test.each(mapped)('%s on a mapped node with %s', (rule, _, [first, second], expected) => {
    const run = new Scenario(
      flowOf([
        { name: 'u' },
        { name: 'm', edges: ['each(u)'] },
        { name: 'n', edges: [`${rule}(m)`] },
        { name: 'main' },
      ]),
    );
    run.begin();
    run.complete('u', 2);
    const act = (verb: string | undefined, target: string): string[] =>
      run[verb as 'complete' | 'skip' | 'fail'](target);
    act(first, 'm[0]');
    expect(act(second, 'm[1]')).toContain(expected);
  });

  test('allSettled takes a mapped node that was SKIPPED before it had instances', () => {
    const run = new Scenario(
      flowOf([
        { name: 'u' },
        { name: 'm', edges: ['each(u)'] },
        { name: 'n', edges: ['allSettled(m)'] },
        { name: 'main' },
      ]),
    );
    run.begin();
    expect(run.skip('u')).toEqual(['u SKIPPED (skip: no need)', 'm SKIPPED (each u SKIPPED)', 'start n']);
  });

  test('a node is SKIPPED at once by the first edge that cannot be met, without waiting for the others', () => {
    const run = new Scenario(
      flowOf([
        { name: 'a' },
        { name: 'b' },
        { name: 'n', edges: ['a', 'b'] },
        { name: 'main', edges: ['optional(n)'] },
      ]),
    );
    expect(run.begin()).toEqual(['start a', 'start b']);
    expect(run.fail('b')).toEqual(['b FAILED', 'n SKIPPED (completed b FAILED)', 'start main']);
  });

  test('a node waits until the last of its edges is met, and starts once', () => {
    const run = new Scenario(flowOf([{ name: 'a' }, { name: 'b' }, { name: 'main', edges: ['a', 'settled(b)'] }]));
    run.begin();
    expect(run.complete('a')).toEqual(['a COMPLETED']);
    expect(run.fail('b')).toEqual(['b FAILED', 'start main']);
    expect(run.complete('main')).toEqual(['main COMPLETED', 'finish COMPLETED; errors b']);
  });
});
