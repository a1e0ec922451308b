import { all, each, optional } from '../../src/decorators/edges';
import { diffGraphs } from '../../src/graph/diff-graphs';
import { outlineOf } from '../../src/graph/flow-outline';
import type { NodeSource } from '../../src/graph/workflow-source';
import { compensation, flow, flowOf, graphOf, task } from './sources';

const base = [task('a'), task('b', ['a']), task('c', ['b']), flow('main', ['c'])];
const diff = (before: readonly NodeSource[], after: readonly NodeSource[]) =>
  diffGraphs(graphOf(before).nodes.values(), graphOf(after).nodes.values());
const sentences = (before: readonly NodeSource[], after: readonly NodeSource[]): string[] =>
  diff(before, after).changes.map(({ sentence }) => sentence);
/** `base` with one of its nodes replaced. */
const changed = (name: string, ...by: NodeSource[]): NodeSource[] =>
  base.flatMap((node) => (node.name === name ? by : [node]));

describe('the difference of two graphs', () => {
  it('is nothing between equal ones, whatever the order of definition', () => {
    const same = diff(base, [...base].reverse());
    expect([same.changes, same.isHarmless, String(same)]).toEqual([[], true, '']);
  });

  it.each<[string, NodeSource[], string[]]>([
    ['a new task', [...base, task('x')], ['task "x" is new']],
    [
      'a task less',
      [task('b'), task('c', ['b']), flow('main', ['c'])],
      ['task "b" no longer needs "a"', 'task "a" is gone'],
    ],
    [
      'an edge more',
      changed('c', task('check', ['a']), task('c', ['b', 'check'])),
      ['task "check" is new', 'task "c" now also needs "check"'],
    ],
    [
      'another rule',
      changed('c', task('c', [optional('b')])),
      [`task "c" now needs optional('b') where it needed 'b'`],
    ],
    ['another upstream', changed('c', task('c', ['a'])), ['task "c" now needs "a" instead of "b"']],
    ['an upstream by a rule', changed('c', task('c', ['b', optional('a')])), [`task "c" now also needs optional('a')`]],
    [
      'another kind',
      [task('a'), task('b', ['a']), flow('c', ['b']), flow('main', ['b'])],
      ['"c" was a task and is a flow now', 'flow "main" now needs "b" instead of "c"'],
    ],
    [
      'another name',
      [task('a'), task('b2', ['a']), task('c', ['b2']), flow('main', ['c'])],
      ['task "b" is gone; by its edges it may be "b2" now', 'task "c" now needs "b2" instead of "b"'],
    ],
    [
      'a chain of other names',
      [task('a'), task('b2', ['a']), task('c2', ['b2']), flow('main', ['c2'])],
      [
        'task "b" is gone; by its edges it may be "b2" now',
        'task "c" is gone; by its edges it may be "c2" now',
        'flow "main" now needs "c2" instead of "c"',
      ],
    ],
  ])('tells of %s', (_, after, expected) => {
    expect(sentences(base, after)).toEqual(expected);
    expect(String(diff(base, after))).toBe(expected.join('\n'));
  });

  it('tells of another order of arguments, once nothing else is different', () => {
    const two = [task('a'), task('b'), task('c', ['a', 'b']), flow('main', ['c'])];
    const other = [task('a'), task('b'), task('c', ['b', 'a']), flow('main', ['c'])];
    expect(sentences(two, other)).toEqual([`task "c" gets its values in another order: 'b', 'a'`]);
  });

  it('guesses no name where two would do', () => {
    const before = [task('a'), task('b', ['a']), task('c', ['a']), flow('main', ['b', 'c'])];
    const after = [task('a'), task('x', ['a']), task('y', ['a']), flow('main', ['x', 'y'])];
    expect(sentences(before, after)).toEqual([
      'task "x" is new',
      'task "y" is new',
      'flow "main" now needs "x" instead of "b"',
      'flow "main" now needs "y" instead of "c"',
      'task "b" is gone',
      'task "c" is gone',
    ]);
  });

  it('tells of options, which stop no run', () => {
    const one = diff(base, changed('b', task('b', ['a'], { retries: 3, timeout: '30s', queue: 'gpu' })));
    expect(one.changes.map(({ sentence }) => sentence)).toEqual([
      'task "b" has other retries: 3 (exponential, 200 ms to 60000 ms) instead of none',
      'task "b" has another timeout: 30000 ms instead of 60000 ms',
      'task "b" has another queue: "gpu" instead of none',
    ]);
    expect(one.isHarmless).toBe(true);
    const many = diff(
      [task('a', [], { retries: { max: 1, jitter: false }, timeout: false, concurrency: 2 }), flow('main', ['a'])],
      [
        task('a', [], { concurrency: { limit: 3, key: 'k' }, always: true, transactional: true, totalTimeout: '1m' }),
        flow('main', ['a'], { onFailure: 'finish' }),
      ],
    );
    expect(
      many.changes.map((change) => ('option' in change ? [change.option, change.before, change.after] : [])),
    ).toEqual([
      ['retries', '1 (exponential, 200 ms to 60000 ms, without jitter)', 'none'],
      ['timeout', 'none', '60000 ms'],
      ['totalTimeout', 'none', '60000 ms'],
      ['concurrency', '2', '3 by "k"'],
      ['transactional', 'false', 'true'],
      ['always', 'false', 'true'],
      ['onFailure', 'stop', 'finish'],
    ]);
  });

  it('tells of what a compensation undoes', () => {
    const before = [...base, compensation('undo', 'a')];
    expect(sentences(before, [...base, compensation('undo', 'b')])).toEqual([
      'compensation "undo" has another compensates: "b" instead of "a"',
    ]);
    expect(sentences(before, [...base, compensation('revert', 'a')])).toEqual([
      'compensation "undo" is gone; by its edges it may be "revert" now',
    ]);
  });

  it('knows what stops runs that have a record of the node', () => {
    const harmless = (after: NodeSource[]): boolean[] => diff(base, after).changes.map(({ isHarmless }) => isHarmless);
    expect(harmless([...base, task('x')])).toEqual([true]);
    expect(harmless(changed('c', task('c', [optional('b')])))).toEqual([false]);
    expect(diff(base, changed('c', task('c', [optional('b')]))).isHarmless).toBe(false);
  });

  it('compares outlines, which have no options', () => {
    const before = outlineOf(flowOf(base));
    const after = outlineOf(flowOf(changed('b', task('b', [optional('a')], { retries: 1 }))));
    expect(diffGraphs(before, after).changes).toMatchObject([{ code: 'edge-changed', node: 'b', from: 'a' }]);
    const mapped = outlineOf(flowOf([task('a'), task('b', [each('a')]), flow('main', [all('b')])]));
    expect(JSON.parse(JSON.stringify(mapped))).toEqual(mapped);
  });
});
