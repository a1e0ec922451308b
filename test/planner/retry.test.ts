import { attemptOf, isQuiescent, nextDueAt, statusOf } from '../../src/planner/planner-state';
import { flowOf } from './flow-fixture';
import type { NodeSpec } from './flow-fixture';
import { Scenario } from './scenario';

function single(options: Partial<NodeSpec>): Scenario {
  const run = new Scenario(
    flowOf([
      { name: 'a', ...options },
      { name: 'main', edges: ['settled(a)'] },
    ]),
  );
  run.begin();
  return run;
}

describe('retries', () => {
  test('a failed attempt backs off for the drawn delay, is recorded WAITING, and starts again when due', () => {
    const run = single({ retries: 1 });
    run.now = 1_500;
    expect(run.fail('a', { delayMs: 250 })).toEqual(['a WAITING until 1750 (250)', 'backoff a until 1750 (250)']);
    expect(statusOf(run.state, run.node('a'))).toBe('WAITING');
    expect(attemptOf(run.state, run.node('a'))).toBe(1);
    run.now = 1_750;
    expect(run.due('a')).toEqual(['start a #2']);
    expect(attemptOf(run.state, run.node('a'))).toBe(2);
    expect(run.complete('a')).toEqual(['a COMPLETED', 'start main']);
  });

  test('`max` extra calls are made, no more', () => {
    const run = single({ retries: 2 });
    run.fail('a');
    expect(run.due('a')).toEqual(['start a #2']);
    run.fail('a');
    expect(run.due('a')).toEqual(['start a #3']);
    expect(run.fail('a')).toEqual(['a FAILED', 'start main']);
  });

  test('an error that is not retryable ends them at once', () => {
    expect(single({ retries: 5 }).fail('a', { isRetryable: false })).toEqual(['a FAILED', 'start main']);
  });

  test('a delay of 0 is a backoff too, due at once', () => {
    const run = single({ retries: 1 });
    expect(run.fail('a', { delayMs: 0 })).toEqual(['a WAITING until 1000 (0)', 'backoff a until 1000 (0)']);
  });

  test('a node that is not backing off is not due', () => {
    const run = single({ retries: 1 });
    expect(run.due('a')).toEqual([]);
    run.fail('a');
    run.due('a');
    expect(run.due('a')).toEqual([]);
    expect(run.due('main')).toEqual([]);
  });

  test('a result that comes when the call is not running is dropped', () => {
    const run = single({ retries: 1 });
    run.fail('a');
    expect(run.complete('a')).toEqual([]);
    expect(run.fail('a')).toEqual([]);
    expect(run.skip('main')).toEqual([]);
  });
});

describe('total timeout', () => {
  test('it counts from the first start, and each start is told what is left', () => {
    const run = new Scenario(
      flowOf([
        { name: 'z' },
        { name: 'a', edges: ['z'], retries: 9, totalTimeoutMs: 1_000 },
        { name: 'main', edges: ['a'] },
      ]),
    );
    run.begin();
    run.now = 5_000;
    expect(run.complete('z')).toEqual(['z COMPLETED', 'start a left 1000']);
    run.now = 5_300;
    run.fail('a', { delayMs: 100 });
    run.now = 5_400;
    expect(run.due('a')).toEqual(['start a #2 left 600']);
  });

  test('a backoff that would end after it fails the node at once', () => {
    const run = single({ retries: 9, totalTimeoutMs: 1_000 });
    run.now = 1_500;
    expect(run.fail('a', { delayMs: 499 })).toContain('a WAITING until 1999 (499)');
    run.now = 1_999;
    run.due('a');
    expect(run.fail('a', { delayMs: 2 })).toEqual(['a FAILED totalTimedOut', 'start main']);
  });

  test('so does one that would leave the next attempt no time at all', () => {
    const run = single({ retries: 9, totalTimeoutMs: 1_000 });
    expect(run.fail('a', { delayMs: 1_000 })).toEqual(['a FAILED totalTimedOut', 'start main']);
  });

  test('the last error is just FAILED, however little time is left', () => {
    const run = single({ retries: 0, totalTimeoutMs: 1_000 });
    run.now = 9_000;
    expect(run.fail('a')).toEqual(['a FAILED', 'start main']);
  });

  test('it counts from where the first attempt is said to have begun, if that was later', () => {
    const run = single({ retries: 9, totalTimeoutMs: 1_000 });
    run.now = 9_500;
    run.send({ type: 'failed', isRetryable: true, delayMs: 100, firstStartedAt: 9_000, ...run.ref('a') });
    run.now = 9_600;
    expect(run.due('a')).toEqual(['start a #2 left 400']);
    run.now = 9_900;
    expect(run.fail('a', { delayMs: 100 })).toEqual(['a FAILED totalTimedOut', 'start main']);
  });

  test('a backoff that is noticed only after it fails the node without another call', () => {
    const run = single({ retries: 9, totalTimeoutMs: 1_000 });
    run.fail('a', { delayMs: 500 });
    run.now = 2_000;
    expect(run.due('a')).toEqual(['a FAILED totalTimedOut', 'start main']);
  });
});

describe('parking', () => {
  const twoBackoffs = (): Scenario => {
    const run = new Scenario(
      flowOf([
        { name: 'a', retries: 3 },
        { name: 'b', retries: 3 },
        { name: 'c' },
        { name: 'main', edges: ['a', 'b', 'c'] },
      ]),
    );
    run.begin();
    return run;
  };

  test('a run is quiescent when nothing runs and something backs off', () => {
    const run = twoBackoffs();
    expect(isQuiescent(run.state)).toBe(false);
    run.fail('a', { delayMs: 700 });
    run.complete('c');
    expect(isQuiescent(run.state)).toBe(false);
    run.fail('b', { delayMs: 300 });
    expect(isQuiescent(run.state)).toBe(true);
    run.due('b');
    expect(isQuiescent(run.state)).toBe(false);
  });

  test('calls that others make do not count, unless the run winds down or is cancelled', () => {
    const run = twoBackoffs();
    run.fail('a');
    expect([isQuiescent(run.state, 2), isQuiescent(run.state, 1)]).toEqual([true, false]);
    run.complete('b');
    run.due('a');
    expect(isQuiescent(run.state, 2)).toBe(true);
    run.cancel();
    expect(isQuiescent(run.state, 2)).toBe(false);
    const failed = twoBackoffs();
    failed.fail('a', { isRetryable: false });
    expect(isQuiescent(failed.state, 2)).toBe(false);
  });

  test('a finished run is not', () => {
    const run = twoBackoffs();
    run.fail('a');
    run.fail('b');
    run.fail('c');
    expect(isQuiescent(run.state)).toBe(false);
  });

  test('it is due when its earliest backoff is', () => {
    const run = twoBackoffs();
    expect(nextDueAt(run.state)).toBeUndefined();
    run.fail('a', { delayMs: 700 });
    expect(nextDueAt(run.state)).toBe(1_700);
    run.fail('b', { delayMs: 300 });
    expect(nextDueAt(run.state)).toBe(1_300);
    run.due('b');
    expect(nextDueAt(run.state)).toBe(1_700);
    run.fail('b', { delayMs: 900 });
    expect(nextDueAt(run.state)).toBe(1_700);
    run.due('a');
    expect(nextDueAt(run.state)).toBe(1_900);
    run.cancel();
    expect(nextDueAt(run.state)).toBeUndefined();
  });
});
