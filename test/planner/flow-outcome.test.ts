import { flowFailure } from '../../src/planner/planner-state';
import { flowOf } from './flow-fixture';
import { Scenario } from './scenario';

describe('outcome of a run', () => {
  test('a flow without dependencies starts at once and, COMPLETED, completes the run', () => {
    const run = new Scenario(flowOf([{ name: 'main' }]));
    expect(run.begin()).toEqual(['start main']);
    expect(run.complete('main')).toEqual(['main COMPLETED', 'finish COMPLETED']);
  });

  test('a diamond runs its middle side by side, and the flow last', () => {
    const run = new Scenario(
      flowOf([
        { name: 'a' },
        { name: 'b', edges: ['a'] },
        { name: 'c', edges: ['a'] },
        { name: 'main', edges: ['b', 'c'] },
      ]),
    );
    expect(run.begin()).toEqual(['start a']);
    expect(run.complete('a')).toEqual(['a COMPLETED', 'start b', 'start c']);
    expect(run.complete('c')).toEqual(['c COMPLETED']);
    expect(run.complete('b')).toEqual(['b COMPLETED', 'start main']);
    expect(run.complete('main')).toEqual(['main COMPLETED', 'finish COMPLETED']);
  });

  test('a FAILED flow fails the run with its own error', () => {
    const run = new Scenario(flowOf([{ name: 'a' }, { name: 'main', edges: ['settled(a)'] }]));
    run.begin();
    run.fail('a');
    expect(run.fail('main')).toEqual(['main FAILED', 'finish FAILED by main; errors a']);
    expect(flowFailure(run.state)).toEqual(run.ref('main'));
  });

  test('a flow SKIPPED because a node it needs FAILED fails the run with the error of that node, however far away', () => {
    const run = new Scenario(flowOf([{ name: 'a' }, { name: 'b', edges: ['a'] }, { name: 'main', edges: ['b'] }]));
    run.begin();
    expect(run.fail('a')).toEqual([
      'a FAILED',
      'b SKIPPED (completed a FAILED)',
      'main SKIPPED (completed b SKIPPED)',
      'finish FAILED by a',
    ]);
  });

  test('of several such nodes the first in definition order decides, not the first to fail', () => {
    const specs = [
      { name: 'a' },
      { name: 'b' },
      { name: 'tolerated' },
      { name: 'main', edges: ['a', 'b', 'settled(tolerated)'] },
    ];
    const run = new Scenario(flowOf(specs));
    run.begin();
    run.fail('tolerated');
    expect(run.fail('b')).toContain('main SKIPPED (completed b FAILED)');
    expect(flowFailure(run.state)).toEqual(run.ref('b'));
    expect(run.fail('a')).toEqual(['a FAILED', 'finish FAILED by a; errors b tolerated']);
  });

  test('a failure that an edge tolerates does not decide, even when it comes first in definition order', () => {
    const run = new Scenario(
      flowOf([{ name: 'tolerated' }, { name: 'b' }, { name: 'main', edges: ['settled(tolerated)', 'b'] }]),
    );
    run.begin();
    run.fail('tolerated');
    expect(run.fail('b')).toContain('finish FAILED by b; errors tolerated');
  });

  test('a failure goes before a skip, in either order', () => {
    const specs = [{ name: 'a' }, { name: 'b' }, { name: 'x', edges: ['a', 'b'] }, { name: 'main', edges: ['x'] }];
    const skipFirst = new Scenario(flowOf(specs));
    skipFirst.begin();
    skipFirst.skip('a');
    expect(flowFailure(skipFirst.state)).toBeUndefined();
    expect(skipFirst.fail('b')).toEqual(['b FAILED', 'finish FAILED by b']);
    const failureFirst = new Scenario(flowOf(specs));
    failureFirst.begin();
    failureFirst.fail('b');
    expect(failureFirst.skip('a')).toEqual(['a SKIPPED (skip: no need)', 'finish FAILED by b']);
  });

  test('the cause is found behind a node that is SKIPPED only after the flow was', () => {
    const run = new Scenario(
      flowOf(
        [{ name: 'late' }, { name: 'x', edges: ['late'] }, { name: 'skips' }, { name: 'main', edges: ['x', 'skips'] }],
        { onFailure: 'finish' },
      ),
    );
    run.begin();
    run.skip('skips');
    expect(run.fail('late')).toEqual(['late FAILED', 'x SKIPPED (completed late FAILED)', 'finish FAILED by late']);
  });

  test('a later end that does not matter to the flow any more is not its cause', () => {
    const run = new Scenario(
      flowOf([{ name: 'a' }, { name: 'b' }, { name: 'x', edges: ['a', 'failed(b)'] }, { name: 'main', edges: ['x'] }]),
    );
    run.begin();
    run.skip('a');
    expect(run.complete('b')).toEqual(['b COMPLETED', 'finish FAILED: flow skipped by a (skip: no need)']);
  });

  test('a flow SKIPPED because a node it needs skipped itself is a FlowSkippedError of that node', () => {
    const run = new Scenario(flowOf([{ name: 'a' }, { name: 'b', edges: ['a'] }, { name: 'main', edges: ['b'] }]));
    run.begin();
    expect(run.skip('a')).toContain('finish FAILED: flow skipped by a (skip: no need)');
  });

  test('a skip that an edge tolerates is not the cause, even when it comes first in definition order', () => {
    const run = new Scenario(
      flowOf([{ name: 'tolerated' }, { name: 'b' }, { name: 'main', edges: ['optional(tolerated)', 'b'] }]),
    );
    run.begin();
    run.skip('tolerated');
    expect(run.skip('b', 'closed')).toContain('finish FAILED: flow skipped by b (skip: closed)');
  });

  test('so is a flow that skipped itself', () => {
    const run = new Scenario(flowOf([{ name: 'a' }, { name: 'main', edges: ['settled(a)'] }]));
    run.begin();
    run.fail('a');
    expect(run.skip('main')).toEqual([
      'main SKIPPED (skip: no need)',
      'finish FAILED: flow skipped by main (skip: no need); errors a',
    ]);
  });

  test('so is a flow SKIPPED because the upstream of a failed edge COMPLETED', () => {
    const run = new Scenario(
      flowOf([{ name: 'a' }, { name: 'fallback', edges: ['failed(a)'] }, { name: 'main', edges: ['fallback'] }]),
    );
    run.begin();
    expect(run.complete('a')).toEqual([
      'a COMPLETED',
      'fallback SKIPPED (failed a COMPLETED)',
      'main SKIPPED (completed fallback SKIPPED)',
      'finish FAILED: flow skipped by fallback (failed a COMPLETED)',
    ]);
  });

  test('a flow that says optional() tolerates a skip', () => {
    const run = new Scenario(flowOf([{ name: 'a' }, { name: 'main', edges: ['optional(a)'] }]));
    run.begin();
    run.skip('a');
    expect(run.complete('main')).toEqual(['main COMPLETED', 'finish COMPLETED']);
    expect(flowFailure(run.state)).toBeUndefined();
  });

  test('of a mapped node the lowest FAILED instance is the cause, the others are errors', () => {
    const run = new Scenario(
      flowOf([{ name: 'u' }, { name: 'm', edges: ['each(u)'] }, { name: 'main', edges: ['all(m)'] }]),
    );
    run.begin();
    run.complete('u', 3);
    run.fail('m[2]');
    expect(flowFailure(run.state)).toEqual(run.ref('m[2]'));
    run.fail('m[1]');
    expect(run.complete('m[0]')).toEqual(['m[0] COMPLETED', 'm FAILED of 3', 'finish FAILED by m[1]; errors m[2]']);
    expect(flowFailure(run.state)).toEqual(run.ref('m[1]'));
  });

  test('failures that the flow tolerated are listed as errors of a COMPLETED run, instances by their index', () => {
    const run = new Scenario(
      flowOf([{ name: 'u' }, { name: 'm', edges: ['each(u)'] }, { name: 'main', edges: ['allSettled(m)'] }]),
    );
    run.begin();
    run.complete('u', 3);
    run.fail('m[2]');
    run.fail('m[0]');
    run.complete('m[1]');
    expect(run.complete('main')).toEqual(['main COMPLETED', 'finish COMPLETED; errors m[0] m[2]']);
  });
});
