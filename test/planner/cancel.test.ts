import { isCancelled, isFinished, mayStart } from '../../src/planner/planner-state';
import { flowOf } from './flow-fixture';
import { Scenario } from './scenario';

function spread(): Scenario {
  const run = new Scenario(
    flowOf([
      { name: 'a', retries: 3 },
      { name: 'b', retries: 3 },
      { name: 'waits', retries: 3 },
      { name: 'next', edges: ['a', 'b', 'waits'] },
      { name: 'last', edges: ['optional(next)'] },
      { name: 'main', edges: ['last'] },
    ]),
  );
  run.begin();
  run.fail('waits');
  return run;
}

describe('cancel', () => {
  test('running attempts are told to abort, backoffs dropped, pending nodes CANCELLED', () => {
    const run = spread();
    expect(run.cancel()).toEqual([
      'abort a (cancel)',
      'abort b (cancel)',
      'waits CANCELLED (cancel)',
      'next CANCELLED (upstream waits)',
      'last CANCELLED (upstream next)',
      'main CANCELLED (upstream last)',
    ]);
    expect(isCancelled(run.state)).toBe(true);
    expect(run.due('waits')).toEqual([]);
    expect(isFinished(run.state)).toBe(false);
    expect(run.abort('a')).toEqual(['a CANCELLED (cancel)']);
    expect(run.abort('b')).toEqual(['b CANCELLED (cancel)', 'finish CANCELLED']);
    expect(isFinished(run.state)).toBe(true);
  });

  test('an attempt may still complete, fail without a retry, or skip', () => {
    const run = new Scenario(
      flowOf([{ name: 'a' }, { name: 'b', retries: 3 }, { name: 'c' }, { name: 'main', edges: ['a', 'b', 'c'] }]),
    );
    run.begin();
    run.cancel();
    expect(run.complete('a')).toEqual(['a COMPLETED']);
    expect(run.fail('b')).toEqual(['b FAILED']);
    expect(run.skip('c')).toEqual(['c SKIPPED (skip: no need)', 'finish CANCELLED; errors b']);
  });

  test('what was already SKIPPED by the edge table stays so', () => {
    const run = new Scenario(
      flowOf([{ name: 'a' }, { name: 'b' }, { name: 'x', edges: ['a'] }, { name: 'main', edges: ['settled(x)', 'b'] }]),
    );
    run.begin();
    run.fail('a');
    expect(run.cancel()).toEqual(['abort b (cancel)', 'main CANCELLED (cancel)']);
  });

  test('it is accepted once', () => {
    const run = spread();
    run.cancel();
    expect(run.cancel()).toEqual([]);
    run.abort('a');
    run.abort('b');
    expect(run.cancel()).toEqual([]);
  });

  test('an active mapped node is cancelled by its instances', () => {
    const run = new Scenario(
      flowOf([{ name: 'u' }, { name: 'm', edges: ['each(u)'], retries: 1 }, { name: 'main', edges: ['all(m)'] }]),
    );
    run.begin();
    run.complete('u', 3);
    run.fail('m[1]');
    run.complete('m[2]');
    expect(run.cancel()).toEqual(['abort m[0] (cancel)', 'm[1] CANCELLED (cancel)', 'main CANCELLED (cancel)']);
    expect(run.abort('m[0]')).toEqual(['m[0] CANCELLED (cancel)', 'm CANCELLED of 3 (cancel)', 'finish CANCELLED']);
  });

  test('a mapped node with a FAILED instance is FAILED, also when others were CANCELLED', () => {
    const run = new Scenario(
      flowOf([{ name: 'u' }, { name: 'm', edges: ['each(u)'] }, { name: 'main', edges: ['allSettled(m)'] }]),
    );
    run.begin();
    run.complete('u', 2);
    run.cancel();
    run.abort('m[0]');
    expect(run.fail('m[1]')).toEqual(['m[1] FAILED', 'm FAILED of 2', 'finish CANCELLED; errors m[1]']);
  });

  test('a failing instance tells nothing to what the cancel has ended', () => {
    const run = new Scenario(
      flowOf([{ name: 'u' }, { name: 'm', edges: ['each(u)'] }, { name: 'main', edges: ['all(m)'] }]),
    );
    run.begin();
    run.complete('u', 2);
    run.cancel();
    expect(run.fail('m[0]')).toEqual(['m[0] FAILED']);
  });

  test('of the handlers only always tasks run, with their retries; they are not aborted', () => {
    const run = new Scenario(
      flowOf([
        { name: 'a' },
        { name: 'main', edges: ['a'] },
        { name: 'h', edges: ['failed(main)'] },
        { name: 'clean', always: true, retries: 1 },
        { name: 'report', edges: ['settled(h)'], always: true },
      ]),
    );
    run.begin();
    expect(run.cancel()).toEqual([
      'abort a (cancel)',
      'main CANCELLED (cancel)',
      'h CANCELLED (upstream main)',
      'start clean',
      'start report',
    ]);
    expect(mayStart(run.state, run.node('clean'))).toBe(true);
    expect(mayStart(run.state, run.node('h'))).toBe(false);
    run.abort('a');
    run.complete('report');
    expect(run.fail('clean')).toContain('clean WAITING until 1100 (100)');
    expect(run.due('clean')).toEqual(['start clean #2']);
    expect(run.complete('clean')).toEqual(['clean COMPLETED', 'finish CANCELLED']);
  });

  test('one accepted while only handlers run aborts them and ends the run CANCELLED', () => {
    const run = new Scenario(
      flowOf([
        { name: 'main' },
        { name: 'h', edges: ['failed(main)'] },
        { name: 'g', edges: ['failed(main)'], retries: 1 },
        { name: 'clean', always: true },
      ]),
    );
    run.begin();
    run.fail('main');
    run.fail('g');
    expect(run.cancel()).toEqual(['abort h (cancel)', 'g CANCELLED (cancel)']);
    run.abort('h');
    expect(run.complete('clean')).toEqual(['clean COMPLETED', 'finish CANCELLED; errors main']);
  });

  test('during wind-down it aborts what was left to finish', () => {
    const run = new Scenario(flowOf([{ name: 'a' }, { name: 'b' }, { name: 'main', edges: ['a', 'b'] }]));
    run.begin();
    run.fail('a');
    expect(run.cancel()).toEqual(['abort b (cancel)']);
    expect(run.abort('b')).toEqual(['b CANCELLED (cancel)', 'finish CANCELLED; errors a']);
  });

  test('one that the store accepted before the finish re-opens the run, which then ends CANCELLED', () => {
    const run = new Scenario(flowOf([{ name: 'main' }, { name: 'clean', always: true }]));
    run.begin();
    run.complete('main');
    expect(run.complete('clean')).toEqual(['clean COMPLETED', 'finish COMPLETED']);
    expect(run.cancel()).toEqual(['finish CANCELLED']);
    expect(run.cancel()).toEqual([]);
  });
});

describe('deadline', () => {
  test('it acts like a cancel that ends FAILED', () => {
    const run = spread();
    expect(run.cancel('deadline').slice(0, 3)).toEqual([
      'abort a (deadline)',
      'abort b (deadline)',
      'waits CANCELLED (deadline)',
    ]);
    expect(isCancelled(run.state)).toBe(false);
    run.abort('a');
    expect(run.fail('b')).toEqual(['b FAILED', 'finish FAILED by deadline; errors b']);
  });

  test('it includes handlers: a run whose flow COMPLETED in time fails too', () => {
    const run = new Scenario(flowOf([{ name: 'main' }, { name: 'clean', always: true }]));
    run.begin();
    run.complete('main');
    expect(run.cancel('deadline')).toEqual([]);
    expect(run.complete('clean')).toEqual(['clean COMPLETED', 'finish FAILED by deadline']);
  });

  test('after the finish it comes too late', () => {
    const run = new Scenario(flowOf([{ name: 'main' }]));
    run.begin();
    run.complete('main');
    expect(run.cancel('deadline')).toEqual([]);
  });

  test.each([
    ['deadline', 'cancel'],
    ['cancel', 'deadline'],
  ] as const)('%s, then %s: the cancel wins, and attempts are aborted once', (first, second) => {
    const run = new Scenario(flowOf([{ name: 'main' }]));
    run.begin();
    expect(run.cancel(first)).toEqual([`abort main (${first})`]);
    expect(run.cancel(second)).toEqual([]);
    expect(run.abort('main')).toEqual(['main CANCELLED (cancel)', 'finish CANCELLED']);
  });

  test('a cancel that the store accepted before a finish by deadline re-opens it', () => {
    const run = new Scenario(flowOf([{ name: 'main' }]));
    run.begin();
    run.cancel('deadline');
    expect(run.abort('main')).toContain('finish FAILED by deadline');
    expect(run.cancel()).toEqual(['finish CANCELLED']);
  });
});
