import { flowOf } from './flow-fixture';
import { Scenario } from './scenario';

describe('handlers', () => {
  test('a failed edge starts during wind-down, is retried there, and does not change the outcome', () => {
    const run = new Scenario(
      flowOf([{ name: 'a' }, { name: 'main', edges: ['a'] }, { name: 'h', edges: ['failed(a)'], retries: 1 }]),
    );
    run.begin();
    expect(run.fail('a')).toEqual(['a FAILED', 'main SKIPPED (completed a FAILED)', 'start h']);
    expect(run.fail('h')).toContain('h WAITING until 1100 (100)');
    expect(run.due('h')).toEqual(['start h #2']);
    expect(run.fail('h')).toEqual(['h FAILED', 'finish FAILED by a; errors h']);
  });

  test('it is SKIPPED when what it waits for COMPLETED, and the run is not kept', () => {
    const run = new Scenario(
      flowOf([{ name: 'a' }, { name: 'main', edges: ['a'] }, { name: 'h', edges: ['failed(a)'] }]),
    );
    run.begin();
    expect(run.complete('a')).toEqual(['a COMPLETED', 'h SKIPPED (failed a COMPLETED)', 'start main']);
    expect(run.complete('main')).toEqual(['main COMPLETED', 'finish COMPLETED']);
  });

  test('it is CANCELLED when what it waits for was CANCELLED', () => {
    const run = new Scenario(
      flowOf([
        { name: 'a' },
        { name: 'b', edges: ['a'] },
        { name: 'fails' },
        { name: 'main', edges: ['b', 'fails'] },
        { name: 'h', edges: ['failed(b)'] },
      ]),
    );
    run.begin();
    expect(run.fail('fails')).toEqual([
      'fails FAILED',
      'main SKIPPED (completed fails FAILED)',
      'b CANCELLED (wind-down)',
      'h CANCELLED (upstream b)',
    ]);
    expect(run.complete('a')).toEqual(['a COMPLETED', 'finish FAILED by fails']);
  });

  test('the run waits for handlers of handlers', () => {
    const run = new Scenario(
      flowOf([
        { name: 'main' },
        { name: 'h', edges: ['failed(main)'] },
        { name: 'g', edges: ['failed(h)'] },
        { name: 'k', edges: ['failed(h)', 'settled(g)'] },
      ]),
    );
    run.begin();
    expect(run.fail('main')).toEqual(['main FAILED', 'start h']);
    expect(run.fail('h')).toEqual(['h FAILED', 'start g']);
    expect(run.complete('g')).toEqual(['g COMPLETED', 'start k']);
    expect(run.complete('k')).toEqual(['k COMPLETED', 'finish FAILED by main; errors h']);
  });

  test('a mapped handler runs during wind-down', () => {
    const run = new Scenario(
      flowOf([{ name: 'u' }, { name: 'main', edges: ['u'] }, { name: 'h', edges: ['each(u)', 'failed(main)'] }]),
    );
    run.begin();
    run.complete('u', 2);
    expect(run.fail('main')).toEqual(['main FAILED', 'h RUNNING of 2', 'start h[0]', 'start h[1]']);
    run.complete('h[0]');
    expect(run.complete('h[1]')).toEqual(['h[1] COMPLETED', 'h COMPLETED of 2', 'finish FAILED by main']);
  });

  describe('of the flow', () => {
    const flow = (rule: string, onFailure: 'stop' | 'finish' = 'finish'): Scenario =>
      new Scenario(
        flowOf(
          [{ name: 'a' }, { name: 'b' }, { name: 'main', edges: ['a', 'b'] }, { name: 'h', edges: [`${rule}(main)`] }],
          {
            onFailure,
          },
        ),
      );

    test('failed(main) is met by a flow SKIPPED because of a failure, at once', () => {
      const run = flow('failed');
      run.begin();
      expect(run.fail('a')).toEqual(['a FAILED', 'main SKIPPED (completed a FAILED)', 'start h']);
    });

    test('failed(main) waits while a SKIPPED flow may still prove to have failed, so that the order does not matter', () => {
      const run = flow('failed');
      run.begin();
      expect(run.skip('a')).toEqual(['a SKIPPED (skip: no need)', 'main SKIPPED (completed a SKIPPED)']);
      expect(run.fail('b')).toEqual(['b FAILED', 'start h']);
    });

    test('failed(main) is unmet once nothing the flow needs can fail any more', () => {
      const run = flow('failed');
      run.begin();
      run.skip('a');
      expect(run.complete('b')).toEqual([
        'b COMPLETED',
        'h SKIPPED (failed main SKIPPED)',
        'finish FAILED: flow skipped by a (skip: no need)',
      ]);
    });

    test('failed(main) is unmet by a flow that skipped itself', () => {
      const run = flow('failed');
      run.begin();
      run.complete('a');
      run.complete('b');
      expect(run.skip('main')).toContain('h SKIPPED (failed main SKIPPED)');
    });

    test('failed(main) is met by the first failing instance that decides the flow', () => {
      const run = new Scenario(
        flowOf(
          [
            { name: 'u' },
            { name: 'm', edges: ['each(u)'] },
            { name: 'main', edges: ['all(m)'] },
            { name: 'h', edges: ['failed(main)'] },
          ],
          { onFailure: 'finish' },
        ),
      );
      run.begin();
      run.complete('u', 2);
      expect(run.fail('m[0]')).toEqual(['m[0] FAILED', 'main SKIPPED (all m FAILED)', 'start h']);
    });

    test('a SKIPPED flow that is then found to have failed by an instance starts them too', () => {
      const run = new Scenario(
        flowOf(
          [
            { name: 'skips' },
            { name: 'u' },
            { name: 'm', edges: ['each(u)'] },
            { name: 'main', edges: ['skips', 'all(m)'] },
            { name: 'h', edges: ['failed(main)'] },
          ],
          { onFailure: 'finish' },
        ),
      );
      run.begin();
      run.complete('u', 2);
      run.skip('skips');
      expect(run.fail('m[0]')).toEqual(['m[0] FAILED', 'start h']);
    });

    test('optional(main) is unmet by a failure, and met by a skip', () => {
      const failed = flow('optional');
      failed.begin();
      expect(failed.fail('a')).toContain('h SKIPPED (optional main FAILED)');
      const skipped = flow('optional');
      skipped.begin();
      skipped.skip('a');
      expect(skipped.complete('b')).toContain('start h');
    });

    test('settled(main) hands on the verdict, so it waits for it', () => {
      const run = flow('settled');
      run.begin();
      run.skip('a');
      expect(run.fail('b')).toEqual(['b FAILED', 'start h']);
    });

    test('a plain edge to main does not wait: neither verdict would meet it', () => {
      const run = flow('completed');
      run.begin();
      expect(run.skip('a')).toContain('h SKIPPED (completed main SKIPPED)');
    });
  });
});

describe('always tasks', () => {
  test('one without dependencies starts when the flow is final', () => {
    const run = new Scenario(flowOf([{ name: 'a' }, { name: 'main', edges: ['a'] }, { name: 'clean', always: true }]));
    expect(run.begin()).toEqual(['start a']);
    run.complete('a');
    expect(run.complete('main')).toEqual(['main COMPLETED', 'start clean']);
    expect(run.fail('clean')).toEqual(['clean FAILED', 'finish COMPLETED; errors clean']);
  });

  test('one that the flow needs cannot wait for it, and starts like any other', () => {
    const run = new Scenario(
      flowOf([
        { name: 'setup', always: true },
        { name: 'a', edges: ['setup'] },
        { name: 'main', edges: ['a'] },
      ]),
    );
    expect(run.begin()).toEqual(['start setup']);
    expect(run.complete('setup')).toEqual(['setup COMPLETED', 'start a']);
  });

  test('the edge table applies to it, but settled takes CANCELLED', () => {
    const run = new Scenario(
      flowOf([
        { name: 'a' },
        { name: 'b', edges: ['a'] },
        { name: 'fails' },
        { name: 'main', edges: ['b', 'fails'] },
        { name: 'settles', edges: ['settled(b)'], always: true },
        { name: 'plain', edges: ['b'], always: true },
        { name: 'needs', edges: ['fails'], always: true },
      ]),
    );
    run.begin();
    expect(run.fail('fails')).toEqual([
      'fails FAILED',
      'main SKIPPED (completed fails FAILED)',
      'needs SKIPPED (completed fails FAILED)',
      'b CANCELLED (wind-down)',
      'plain CANCELLED (upstream b)',
      'start settles',
    ]);
  });

  test('allSettled takes a CANCELLED mapped node', () => {
    const run = new Scenario(
      flowOf([
        { name: 'u' },
        { name: 'm', edges: ['each(u)'] },
        { name: 'main', edges: ['all(m)'] },
        { name: 'clean', edges: ['allSettled(m)'], always: true },
      ]),
    );
    run.begin();
    run.complete('u', 2);
    expect(run.cancel()).toEqual(['abort m[0] (cancel)', 'abort m[1] (cancel)', 'main CANCELLED (cancel)']);
    run.complete('m[1]');
    expect(run.abort('m[0]')).toEqual(['m[0] CANCELLED (cancel)', 'm CANCELLED of 2 (cancel)', 'start clean']);
    expect(run.complete('clean')).toEqual(['clean COMPLETED', 'finish CANCELLED']);
  });

  test('one below another runs after it', () => {
    const run = new Scenario(
      flowOf([
        { name: 'main' },
        { name: 'first', always: true },
        { name: 'second', edges: ['settled(first)'], always: true },
      ]),
    );
    run.begin();
    expect(run.complete('main')).toEqual(['main COMPLETED', 'start first']);
    expect(run.fail('first')).toEqual(['first FAILED', 'start second']);
  });
});
