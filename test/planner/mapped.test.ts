import { attemptOf, completedInstances, instanceSummary, statusOf } from '../../src/planner/planner-state';
import { flowOf } from './flow-fixture';
import { Scenario } from './scenario';

function mapOver(extra: { edges?: string[]; onFailure?: 'stop' | 'finish'; retries?: number } = {}): Scenario {
  const { edges = ['all(m)'], onFailure = 'stop', retries = 0 } = extra;
  return new Scenario(
    flowOf([{ name: 'u' }, { name: 'm', edges: ['each(u)'], retries }, { name: 'main', edges }], { onFailure }),
  );
}

describe('a map that begins only so many at a time', () => {
  const capped = (most: number): Scenario => {
    const run = new Scenario(
      flowOf([
        { name: 'u' },
        { name: 'm', edges: [`each(u):${most}`], retries: 1 },
        { name: 'main', edges: ['all(m)'] },
      ]),
    );
    run.begin();
    return run;
  };

  test('begins the next when one is over, in element order', () => {
    const run = capped(2);
    expect(run.complete('u', 4)).toEqual(['u COMPLETED', 'm RUNNING of 4', 'start m[0]', 'start m[1]']);
    expect(run.complete('m[1]')).toEqual(['m[1] COMPLETED', 'start m[2]']);
    // A backoff keeps its place.
    expect(run.fail('m[0]').some((line) => line.startsWith('start'))).toBe(false);
    expect(run.due('m[0]')).toEqual(['start m[0] #2']);
    expect(run.complete('m[0]')).toEqual(['m[0] COMPLETED', 'start m[3]']);
    run.complete('m[2]');
    expect(run.complete('m[3]')).toEqual(['m[3] COMPLETED', 'm COMPLETED of 4', 'start main']);
  });

  test('goes on with what had begun first after a restart', () => {
    const run = new Scenario(
      flowOf([{ name: 'u' }, { name: 'm', edges: ['each(u):2'] }, { name: 'main', edges: ['all(m)'] }]),
    );
    const records = [
      run.record('u', 'COMPLETED', { elements: 4 }),
      run.record('m', 'RUNNING', { elements: 4 }),
      run.record('m[0]', 'COMPLETED'),
      run.record('m[1]', 'RUNNING'),
    ];
    expect(run.begin(records)).toEqual(['start m[1] #2', 'start m[2]']);
  });

  test('begins none once one failed that the flow needs, and none after a cancel', () => {
    const run = capped(1);
    run.complete('u', 3);
    run.fail('m[0]', { isRetryable: false });
    expect(run.state.isFinished).toBe(true);
    const cancelled = capped(1);
    cancelled.complete('u', 3);
    cancelled.cancel();
    expect(cancelled.complete('m[0]').some((line) => line.startsWith('start'))).toBe(false);
  });
});

describe('mapped nodes', () => {
  test('an activated node records how many instances it has, and starts each', () => {
    const run = mapOver();
    run.begin();
    expect(statusOf(run.state, run.node('m'))).toBe('PENDING');
    expect(statusOf(run.state, run.node('m'), 0)).toBe('PENDING');
    expect(run.complete('u', 3)).toEqual(['u COMPLETED', 'm RUNNING of 3', 'start m[0]', 'start m[1]', 'start m[2]']);
    expect(statusOf(run.state, run.node('m'))).toBe('RUNNING');
    expect(statusOf(run.state, run.node('m'), 2)).toBe('RUNNING');
    expect(attemptOf(run.state, run.node('m'), 2)).toBe(1);
    expect(attemptOf(run.state, run.node('m'), 3)).toBe(0);
  });

  test('it is final when all its instances are, and COMPLETED when none failed, though some skipped', () => {
    const run = mapOver();
    run.begin();
    run.complete('u', 3);
    expect(run.complete('m[2]')).toEqual(['m[2] COMPLETED']);
    expect(run.skip('m[1]')).toEqual(['m[1] SKIPPED (skip: no need)']);
    expect(run.complete('m[0]')).toEqual(['m[0] COMPLETED', 'm COMPLETED of 3', 'start main']);
    expect(completedInstances(run.state, run.node('m'))).toEqual([0, 2]);
    expect(instanceSummary(run.state, run.node('m'))).toEqual({
      total: 3,
      completed: 2,
      failed: 0,
      skipped: 1,
      cancelled: 0,
    });
  });

  test('over an empty array it is COMPLETED at once', () => {
    const run = mapOver();
    run.begin();
    expect(run.complete('u', 0)).toEqual(['u COMPLETED', 'm COMPLETED of 0', 'start main']);
    expect(completedInstances(run.state, run.node('m'))).toEqual([]);
    expect(instanceSummary(run.state, run.node('m')).total).toBe(0);
  });

  test('a failing instance does not stop its siblings while the flow can still run', () => {
    const run = mapOver({ edges: ['allSettled(m)'] });
    run.begin();
    run.complete('u', 2);
    expect(run.fail('m[0]')).toEqual(['m[0] FAILED']);
    expect(run.complete('m[1]')).toEqual(['m[1] COMPLETED', 'm FAILED of 2', 'start main']);
  });

  test('what needs all of them is SKIPPED at the first failure: siblings finish, those backing off are CANCELLED', () => {
    const run = mapOver({ retries: 1 });
    run.begin();
    run.complete('u', 4);
    run.fail('m[1]');
    expect(run.fail('m[2]', { isRetryable: false })).toEqual([
      'm[2] FAILED',
      'main SKIPPED (all m FAILED)',
      'm[1] CANCELLED (wind-down)',
    ]);
    expect(run.fail('m[0]')).toEqual(['m[0] FAILED']);
    expect(run.complete('m[3]')).toEqual(['m[3] COMPLETED', 'm FAILED of 4', 'finish FAILED by m[0]; errors m[2]']);
    expect(instanceSummary(run.state, run.node('m'))).toEqual({
      total: 4,
      completed: 1,
      failed: 2,
      skipped: 0,
      cancelled: 1,
    });
  });

  test("with onFailure: 'finish' they run on to their end, retries included", () => {
    const run = mapOver({ retries: 1, onFailure: 'finish' });
    run.begin();
    run.complete('u', 2);
    run.fail('m[1]');
    expect(run.fail('m[0]', { isRetryable: false })).toEqual(['m[0] FAILED', 'main SKIPPED (all m FAILED)']);
    expect(run.due('m[1]')).toEqual(['start m[1] #2']);
    expect(run.complete('m[1]')).toEqual(['m[1] COMPLETED', 'm FAILED of 2', 'finish FAILED by m[0]']);
  });

  test('retries are counted per instance', () => {
    const run = mapOver({ retries: 1 });
    run.begin();
    run.complete('u', 2);
    run.fail('m[0]');
    run.fail('m[1]');
    expect(run.due('m[1]')).toEqual(['start m[1] #2']);
    expect(run.due('m[0]')).toEqual(['start m[0] #2']);
  });

  test('one that is SKIPPED or CANCELLED before it has instances has only a record as a whole', () => {
    const run = new Scenario(
      flowOf([
        { name: 'u' },
        { name: 'v' },
        { name: 'm', edges: ['each(u)', 'v'] },
        { name: 'main', edges: ['all(m)'] },
      ]),
    );
    run.begin();
    run.complete('u', 2);
    expect(run.fail('v')).toEqual([
      'v FAILED',
      'm SKIPPED (completed v FAILED)',
      'main SKIPPED (all m SKIPPED)',
      'finish FAILED by v',
    ]);
    expect(completedInstances(run.state, run.node('m'))).toEqual([]);
  });

  test('maps chain as all → array → each', () => {
    const run = new Scenario(
      flowOf([
        { name: 'u' },
        { name: 'm', edges: ['each(u)'] },
        { name: 'sum', edges: ['all(m)'] },
        { name: 'n', edges: ['each(sum)'] },
        { name: 'main', edges: ['all(n)'] },
      ]),
    );
    run.begin();
    run.complete('u', 1);
    expect(run.complete('m[0]')).toEqual(['m[0] COMPLETED', 'm COMPLETED of 1', 'start sum']);
    expect(run.complete('sum', 1)).toEqual(['sum COMPLETED', 'n RUNNING of 1', 'start n[0]']);
  });

  test('an upstream that is COMPLETED without a number of elements is the mistake of the caller', () => {
    const run = mapOver();
    run.begin();
    expect(() => run.complete('u')).toThrow(
      '"m" is mapped over "u", which is COMPLETED without a number of elements; ' +
        'give `elements` with its event or record, or report a value that is no array as failed',
    );
  });

  test('an event about the whole, or about an instance that does not exist, changes nothing', () => {
    const run = mapOver();
    run.begin();
    expect(run.complete('m[0]')).toEqual([]);
    run.complete('u', 1);
    expect(run.complete('m')).toEqual([]);
    expect(run.complete('m[1]')).toEqual([]);
  });
});
