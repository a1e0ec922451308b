import { isQuiescent, nextDueAt, statusOf } from '../../src/planner/planner-state';
import { flowOf } from './flow-fixture';
import { Scenario } from './scenario';

function waiting(endsInMs?: number): Scenario {
  const run = new Scenario(
    flowOf([
      { name: 'a', retries: 2 },
      { name: 'main', edges: ['completed(a)'] },
    ]),
  );
  run.begin();
  run.now = 2_000;
  run.send({ type: 'waiting', endsInMs, ...run.ref('a') });
  return run;
}

describe('a call whose method returned a wait', () => {
  test('is recorded and waits; its dependents start when it completes', () => {
    const run = new Scenario(flowOf([{ name: 'a' }, { name: 'main', edges: ['completed(a)'] }]));
    run.begin();
    run.now = 2_000;
    expect(run.send({ type: 'waiting', endsInMs: 500, ...run.ref('a') })).toEqual([
      'a WAITING for 500',
      'wait a until 2500',
    ]);
    expect([isQuiescent(run.state), nextDueAt(run.state)]).toEqual([true, 2_500]);
    expect(run.complete('a')).toEqual(['a COMPLETED', 'start main']);
    expect([isQuiescent(run.state), nextDueAt(run.state)]).toEqual([false, undefined]);
  });

  test('may wait for ever', () => {
    const run = waiting();
    expect([isQuiescent(run.state), nextDueAt(run.state)]).toEqual([true, undefined]);
  });

  test('is not called again by a `due`, which a backoff before may have left behind', () => {
    expect(waiting(10).due('a')).toEqual([]);
  });

  test('fails for good, whatever its retries', () => {
    expect(waiting().fail('a')).toEqual(['a FAILED', 'main SKIPPED (completed a FAILED)', 'finish FAILED by a']);
  });

  test('takes no other end of an attempt', () => {
    const run = waiting();
    expect(run.skip('a')).toEqual([]);
    expect(run.abort('a')).toEqual([]);
    expect(run.send({ type: 'waiting', endsInMs: 1, ...run.ref('a') })).toEqual([]);
  });

  test('is CANCELLED by a cancel, without an abort', () => {
    expect(waiting(10).cancel()).toEqual(['a CANCELLED (cancel)', 'main CANCELLED (upstream a)', 'finish CANCELLED']);
  });

  test('that returns it after a cancel does not begin to wait', () => {
    const run = new Scenario(flowOf([{ name: 'a' }, { name: 'main', edges: ['completed(a)'] }]));
    run.begin();
    run.cancel();
    expect(run.send({ type: 'waiting', endsInMs: 5, ...run.ref('a') })).toContain('a CANCELLED (cancel)');
  });

  test('goes on waiting after a restart, past its totalTimeout, and without another attempt', () => {
    const run = new Scenario(
      flowOf([
        { name: 'a', totalTimeoutMs: 10 },
        { name: 'main', edges: ['completed(a)'] },
      ]),
    );
    run.now = 50_000;
    const record = run.record('a', 'WAITING', { isWait: true, wakeAt: 40_000, firstStartedAt: 1_000 });
    expect(run.begin([record])).toEqual(['wait a until 40000']);
    expect(statusOf(run.state, run.node('a'))).toBe('WAITING');
    expect(run.complete('a')).toEqual(['a COMPLETED', 'start main']);
  });

  test('may be an instance of a mapped node', () => {
    const run = new Scenario(
      flowOf([{ name: 'u' }, { name: 'm', edges: ['each(u)'] }, { name: 'main', edges: ['all(m)'] }]),
    );
    run.begin();
    run.complete('u', 2);
    run.send({ type: 'waiting', endsInMs: undefined, ...run.ref('m[1]') });
    expect(run.complete('m[0]')).toEqual(['m[0] COMPLETED']);
    expect(isQuiescent(run.state)).toBe(true);
    expect(run.complete('m[1]')).toEqual(['m[1] COMPLETED', 'm COMPLETED of 2', 'start main']);
  });
});
