import {
  completedInstances,
  flowFailure,
  instanceSummary,
  isQuiescent,
  nextDueAt,
  statusOf,
} from '../../src/planner/planner-state';
import { flowOf } from './flow-fixture';
import { Scenario } from './scenario';

function chain(options: { retries?: number; totalTimeoutMs?: number } = {}): Scenario {
  return new Scenario(
    flowOf([
      { name: 'a', ...options },
      { name: 'b', edges: ['a'], ...options },
      { name: 'main', edges: ['b'] },
    ]),
  );
}

function mapOver(edge = 'all(m)'): Scenario {
  return new Scenario(
    flowOf([{ name: 'u' }, { name: 'm', edges: ['each(u)'], retries: 1 }, { name: 'main', edges: [edge] }]),
  );
}

describe('restore', () => {
  test('final nodes stay as they are, and what they allow is started; nothing is recorded again', () => {
    const run = chain();
    expect(run.begin([run.record('a', 'COMPLETED')])).toEqual(['start b']);
    expect(statusOf(run.state, run.node('a'))).toBe('COMPLETED');
  });

  test('a consequence that the crash kept from being recorded is recorded now', () => {
    const run = chain();
    expect(run.begin([run.record('a', 'FAILED')])).toEqual([
      'b SKIPPED (completed a FAILED)',
      'main SKIPPED (completed b SKIPPED)',
      'finish FAILED by a',
    ]);
  });

  test('a run of which only the finish is missing finishes', () => {
    const run = chain();
    const all = ['a', 'b', 'main'].map((name) => run.record(name, 'COMPLETED'));
    expect(run.begin(all)).toEqual(['finish COMPLETED']);
  });

  test('a RUNNING record starts again as the next attempt, and the lost one is not held against its retries', () => {
    const run = chain({ retries: 1 });
    expect(run.begin([run.record('a', 'RUNNING', { attempt: 1 })])).toEqual(['start a #2']);
    expect(run.fail('a')).toContain('a WAITING until 1100 (100)');
    expect(run.due('a')).toEqual(['start a #3']);
    expect(run.fail('a')).toContain('a FAILED');
  });

  test('`failures` says how many attempts count, when several were lost', () => {
    const run = chain({ retries: 1 });
    run.begin([run.record('a', 'RUNNING', { attempt: 7, failures: 0 })]);
    expect(run.fail('a')).toContain('a WAITING until 1100 (100)');
    run.due('a');
    expect(run.fail('a')).toContain('a FAILED');
  });

  test('a WAITING record goes on backing off until its instant', () => {
    const run = chain({ retries: 1 });
    expect(run.begin([run.record('a', 'WAITING', { wakeAt: 1_400 })])).toEqual(['backoff a until 1400 (400)']);
    expect(isQuiescent(run.state)).toBe(true);
    expect(nextDueAt(run.state)).toBe(1_400);
    expect(run.due('a')).toEqual(['start a #2']);
    expect(run.fail('a')).toContain('a FAILED');
  });

  test('one whose instant is past starts at once', () => {
    const run = chain({ retries: 1 });
    expect(run.begin([run.record('a', 'WAITING', { wakeAt: 1_000 })])).toEqual(['start a #2']);
  });

  test('a node that a retry of the run reset starts anew, with all its retries, and counts attempts on', () => {
    const run = chain({ retries: 1 });
    expect(run.begin([run.record('a', 'PENDING', { attempt: 2 })])).toEqual(['start a #3']);
    expect(run.fail('a')).toContain('a WAITING until 1100 (100)');
    run.due('a');
    expect(run.fail('a')).toContain('a FAILED');
  });

  test('totalTimeout counts from the first start that was recorded', () => {
    const run = chain({ retries: 1, totalTimeoutMs: 1_000 });
    expect(run.begin([run.record('a', 'RUNNING', { firstStartedAt: 400 })])).toEqual(['start a #2 left 400']);
  });

  test('an attempt that it leaves no time is not made', () => {
    const run = chain({ retries: 1, totalTimeoutMs: 1_000 });
    expect(run.begin([run.record('a', 'WAITING', { firstStartedAt: 0, wakeAt: 900 })])[0]).toBe(
      'a FAILED totalTimedOut',
    );
  });

  test('a SKIPPED flow keeps its reason', () => {
    const run = chain();
    const reason = { code: 'skipped-by-task', reason: 'closed' } as const;
    const records = [
      run.record('a', 'COMPLETED'),
      run.record('b', 'SKIPPED', { reason }),
      run.record('main', 'SKIPPED'),
    ];
    expect(run.begin(records)).toEqual(['finish FAILED: flow skipped by b (skip: closed)']);
  });

  test('a SKIPPED record without a reason counts as a skip of the flow itself', () => {
    const run = chain();
    const records = [run.record('a', 'COMPLETED'), run.record('b', 'COMPLETED'), run.record('main', 'SKIPPED')];
    expect(run.begin(records)).toEqual(['finish FAILED: flow skipped by main (skip: )']);
  });

  test('a CANCELLED flow ends the run CANCELLED', () => {
    const run = new Scenario(flowOf([{ name: 'main' }]));
    expect(run.begin([run.record('main', 'CANCELLED')])).toEqual(['finish CANCELLED']);
  });

  test('wind-down goes on: what ran is CANCELLED, handlers start again', () => {
    const run = new Scenario(
      flowOf([
        { name: 'fails' },
        { name: 'ran' },
        { name: 'main', edges: ['fails', 'ran'] },
        { name: 'h', edges: ['failed(main)'] },
      ]),
    );
    const records = [run.record('fails', 'FAILED'), run.record('ran', 'RUNNING'), run.record('h', 'RUNNING')];
    expect(run.begin(records)).toEqual([
      'main SKIPPED (completed fails FAILED)',
      'ran CANCELLED (wind-down)',
      'start h #2',
    ]);
    expect(run.complete('h')).toEqual(['h COMPLETED', 'finish FAILED by fails']);
  });
});

describe('restore with a cancel', () => {
  test('nothing starts; what ran or waited is CANCELLED, after the edge table', () => {
    const run = new Scenario(
      flowOf([
        { name: 'ran' },
        { name: 'waited' },
        { name: 'failed' },
        { name: 'x', edges: ['failed'] },
        { name: 'main', edges: ['ran', 'waited', 'settled(x)'] },
      ]),
    );
    const records = [
      run.record('ran', 'RUNNING'),
      run.record('waited', 'WAITING', { wakeAt: 9_000 }),
      run.record('failed', 'FAILED'),
    ];
    expect(run.begin(records, 'cancel')).toEqual([
      'x SKIPPED (completed failed FAILED)',
      'ran CANCELLED (cancel)',
      'waited CANCELLED (cancel)',
      'main CANCELLED (upstream ran)',
      'finish CANCELLED; errors failed',
    ]);
  });

  test('a run that had not begun is CANCELLED without a call', () => {
    expect(chain().begin([], 'cancel')).toEqual([
      'a CANCELLED (cancel)',
      'b CANCELLED (upstream a)',
      'main CANCELLED (upstream b)',
      'finish CANCELLED',
    ]);
  });

  test('an always task runs, and one that ran starts again', () => {
    const run = new Scenario(flowOf([{ name: 'main' }, { name: 'clean', always: true }]));
    expect(run.begin([run.record('main', 'COMPLETED'), run.record('clean', 'RUNNING')], 'cancel')).toEqual([
      'start clean #2',
    ]);
  });

  test('a deadline that passed meanwhile fails the run', () => {
    expect(chain().begin([], 'deadline')).toContain('finish FAILED by deadline');
  });
});

describe('restore of mapped nodes', () => {
  test('missing instances start, running ones start again, waiting ones wait on', () => {
    const run = mapOver();
    const records = [
      run.record('u', 'COMPLETED', { elements: 4 }),
      run.record('m', 'RUNNING', { elements: 4, attempt: 0 }),
      run.record('m[0]', 'COMPLETED'),
      run.record('m[2]', 'RUNNING'),
      run.record('m[3]', 'WAITING', { wakeAt: 1_300 }),
    ];
    expect(run.begin(records)).toEqual(['start m[1]', 'start m[2] #2', 'backoff m[3] until 1300 (300)']);
    expect(completedInstances(run.state, run.node('m'))).toEqual([0]);
  });

  test('without a record of the whole the number of elements is that of the array', () => {
    const run = mapOver();
    const records = [run.record('m[0]', 'COMPLETED'), run.record('u', 'COMPLETED', { elements: 2 })];
    expect(run.begin(records)).toEqual(['m RUNNING of 2', 'start m[1]']);
  });

  test('when only the record of the whole is missing, it is made', () => {
    const run = mapOver();
    const records = [
      run.record('u', 'COMPLETED', { elements: 2 }),
      run.record('m[0]', 'COMPLETED'),
      run.record('m[1]', 'SKIPPED'),
    ];
    expect(run.begin(records)).toEqual(['m COMPLETED of 2', 'start main']);
  });

  test('a failed instance skips what needs all of them before anything starts', () => {
    const run = mapOver();
    const records = [
      run.record('u', 'COMPLETED', { elements: 3 }),
      run.record('m', 'RUNNING', { elements: 3 }),
      run.record('m[1]', 'FAILED'),
    ];
    expect(run.begin(records)).toEqual([
      'main SKIPPED (all m FAILED)',
      'm[0] CANCELLED (wind-down)',
      'm[2] CANCELLED (wind-down)',
      'm FAILED of 3',
      'finish FAILED by m[1]',
    ]);
  });

  test('one that was active without any instance record is cancelled by its instances', () => {
    const run = mapOver();
    const records = [run.record('u', 'COMPLETED', { elements: 1 }), run.record('m', 'RUNNING', { elements: 1 })];
    expect(run.begin(records, 'cancel')).toEqual([
      'm[0] CANCELLED (cancel)',
      'm CANCELLED of 1 (cancel)',
      'main CANCELLED (upstream m)',
      'finish CANCELLED',
    ]);
  });

  test('a final one has its instances to be read', () => {
    const run = mapOver('allSettled(m)');
    const records = [
      run.record('u', 'COMPLETED', { elements: 3 }),
      run.record('m', 'FAILED', { elements: 3 }),
      run.record('m[0]', 'COMPLETED'),
      run.record('m[1]', 'FAILED'),
      run.record('m[2]', 'FAILED'),
    ];
    expect(run.begin(records)).toEqual(['start main']);
    expect(instanceSummary(run.state, run.node('m'))).toEqual({
      total: 3,
      completed: 1,
      failed: 2,
      skipped: 0,
      cancelled: 0,
    });
    expect(run.complete('main')).toEqual(['main COMPLETED', 'finish COMPLETED; errors m[1] m[2]']);
  });

  test('a final one takes the number of elements from the array, when its own record has none', () => {
    const run = mapOver();
    const records = [
      run.record('m[1]', 'FAILED'),
      run.record('m[0]', 'COMPLETED'),
      run.record('m', 'FAILED'),
      run.record('u', 'COMPLETED', { elements: 2 }),
    ];
    expect(run.begin(records)).toEqual(['main SKIPPED (all m FAILED)', 'finish FAILED by m[1]']);
    expect(flowFailure(run.state)).toEqual(run.ref('m[1]'));
  });

  test('one that ended before it had instances has none', () => {
    const run = mapOver('allSettled(m)');
    expect(run.begin([run.record('u', 'SKIPPED'), run.record('m', 'SKIPPED')])).toEqual(['start main']);
    expect(instanceSummary(run.state, run.node('m')).total).toBe(0);
  });

  test('after a retry the array may be another: kept instances are matched by index, the count of before is forgotten', () => {
    const run = mapOver();
    const records = [
      run.record('u', 'PENDING', { elements: 5 }),
      run.record('m', 'PENDING', { elements: 5 }),
      run.record('m[1]', 'PENDING', { attempt: 2 }),
      run.record('m[4]', 'PENDING', { attempt: 2 }),
    ];
    expect(run.begin(records)).toEqual(['start u #2']);
    expect(run.complete('u', 2)).toEqual(['u COMPLETED', 'm RUNNING of 2', 'start m[0]', 'start m[1] #3']);
  });
});
