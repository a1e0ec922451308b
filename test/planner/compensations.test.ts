import { isQuiescent } from '../../src/planner/planner-state';
import { flowOf } from './flow-fixture';
import type { FlowSpec, NodeSpec } from './flow-fixture';
import { Scenario } from './scenario';

function begun(specs: readonly NodeSpec[], rest?: FlowSpec): Scenario {
  const run = new Scenario(flowOf(specs, rest));
  run.begin();
  return run;
}

/** `a` → `b` and `c` → `d` → `main`, all but `c` with a compensation. */
const DIAMOND: readonly NodeSpec[] = [
  { name: 'a', undo: {} },
  { name: 'b', edges: ['a'], undo: {} },
  { name: 'c', edges: ['a'] },
  { name: 'd', edges: ['b', 'c'], undo: {} },
  { name: 'main', edges: ['d'] },
];

function failedDiamond(): Scenario {
  const run = begun(DIAMOND);
  for (const name of ['a', 'b', 'c', 'd']) run.complete(name);
  return run;
}

describe('compensations', () => {
  test('run in reverse order once all nodes are over, and the run ends as it would have', () => {
    const run = failedDiamond();
    expect(run.fail('main', { isRetryable: false })).toEqual(['main FAILED', 'start undo-d']);
    expect(run.complete('undo-d')).toEqual(['undo-d COMPLETED', 'start undo-b']);
    expect(run.complete('undo-b')).toEqual(['undo-b COMPLETED', 'start undo-a']);
    expect(run.complete('undo-a')).toEqual(['undo-a COMPLETED', 'finish FAILED by main']);
  });

  test('of independent tasks run side by side', () => {
    const run = begun([
      { name: 'a', undo: {} },
      { name: 'b', undo: {} },
      { name: 'main', edges: ['a', 'b'] },
    ]);
    run.complete('a');
    run.complete('b');
    expect(run.fail('main', { isRetryable: false }).sort()).toEqual(['main FAILED', 'start undo-a', 'start undo-b']);
    run.complete('undo-b');
    expect(run.complete('undo-a')).toEqual(['undo-a COMPLETED', 'finish FAILED by main']);
  });

  test('do not run for a run that went well', () => {
    const run = failedDiamond();
    expect(run.complete('main')).toEqual(['main COMPLETED', 'finish COMPLETED']);
  });

  test('run only for what COMPLETED', () => {
    const run = begun(DIAMOND);
    run.complete('a');
    run.complete('c');
    expect(run.fail('b', { isRetryable: false }).slice(-1)).toEqual(['start undo-a']);
    expect(run.complete('undo-a')).toEqual(['undo-a COMPLETED', 'finish FAILED by b']);
  });

  test('wait for what still runs, and for handlers', () => {
    const run = begun([
      { name: 'a', undo: {} },
      { name: 'slow' },
      { name: 'b', edges: ['a'] },
      { name: 'main', edges: ['b'] },
      { name: 'clean', edges: ['failed(b)'] },
      { name: 'join', edges: ['settled(slow)'], always: true },
    ]);
    run.complete('a');
    expect(run.fail('b', { isRetryable: false }).slice(-1)).toEqual(['start clean']);
    run.complete('clean');
    expect(run.complete('slow')).toEqual(['slow COMPLETED', 'start join']);
    expect(run.complete('join')).toEqual(['join COMPLETED', 'start undo-a']);
  });

  test('run after a cancel, and the run is CANCELLED', () => {
    const run = begun(DIAMOND);
    run.complete('a');
    run.cancel();
    run.complete('b');
    expect(run.abort('c').slice(-1)).toEqual(['start undo-b']);
    run.complete('undo-b');
    expect(run.complete('undo-a')).toEqual(['undo-a COMPLETED', 'finish CANCELLED']);
  });

  test('run when a cancel comes before the record of a run that went well', () => {
    const run = failedDiamond();
    run.complete('main');
    expect(run.cancel()).toEqual(['start undo-d']);
  });

  test('are not stopped by a cancel or a deadline that comes while they run', () => {
    const run = failedDiamond();
    run.fail('main', { isRetryable: false });
    expect(run.cancel('deadline')).toEqual([]);
    expect(run.cancel()).toEqual([]);
    run.complete('undo-d');
    run.complete('undo-b');
    expect(run.complete('undo-a')).toEqual(['undo-a COMPLETED', 'finish CANCELLED; errors main']);
  });

  test('are retried; one that FAILED does not stop the others, and the run tells both errors', () => {
    const run = begun([
      { name: 'a', undo: {} },
      { name: 'b', edges: ['a'], undo: { retries: 1 } },
      { name: 'main', edges: ['b'] },
    ]);
    run.complete('a');
    run.complete('b');
    run.fail('main', { isRetryable: false });
    expect(run.fail('undo-b')).toEqual(['undo-b WAITING until 1100 (100)', 'backoff undo-b until 1100 (100)']);
    expect(isQuiescent(run.state)).toBe(true);
    expect(run.due('undo-b')).toEqual(['start undo-b #2']);
    expect(run.fail('undo-b')).toEqual(['undo-b FAILED', 'start undo-a']);
    expect(run.complete('undo-a')).toEqual([
      'undo-a COMPLETED',
      'finish FAILED by compensations undo-b, after by main',
    ]);
  });

  test('that FAILED make a cancelled run FAILED', () => {
    const run = begun(DIAMOND);
    run.complete('a');
    run.cancel();
    run.abort('b');
    run.abort('c');
    expect(run.fail('undo-a', { isRetryable: false })).toEqual([
      'undo-a FAILED',
      'finish FAILED by compensations undo-a, after by cancel',
    ]);
  });

  describe('of a mapped task', () => {
    const MAP: readonly NodeSpec[] = [
      { name: 'u' },
      { name: 'm', edges: ['each(u)'], undo: {} },
      { name: 'main', edges: ['all(m)'] },
    ];

    test('run for each instance that COMPLETED, also when another FAILED', () => {
      const run = begun(MAP);
      run.complete('u', 3);
      run.complete('m[0]');
      run.complete('m[2]');
      expect(run.fail('m[1]', { isRetryable: false }).slice(-3)).toEqual([
        'undo-m RUNNING of 3',
        'start undo-m[0]',
        'start undo-m[2]',
      ]);
      run.complete('undo-m[2]');
      expect(run.complete('undo-m[0]')).toEqual([
        'undo-m[0] COMPLETED',
        'undo-m COMPLETED of 3',
        'finish FAILED by m[1]',
      ]);
    });

    test('of no elements, or of none that COMPLETED, do not run', () => {
      const none = begun(MAP);
      none.complete('u', 0);
      expect(none.fail('main', { isRetryable: false })).toEqual(['main FAILED', 'finish FAILED by main']);
      const failed = begun(MAP);
      failed.complete('u', 1);
      expect(failed.fail('m[0]', { isRetryable: false }).slice(-1)).toEqual(['finish FAILED by m[0]']);
    });
  });

  describe('of a run that is restored', () => {
    const ended = (run: Scenario) => [
      run.record('a', 'COMPLETED'),
      run.record('b', 'COMPLETED'),
      run.record('c', 'COMPLETED'),
      run.record('d', 'COMPLETED'),
      run.record('main', 'FAILED'),
    ];

    test('go on where they were, and none that ended is called again', () => {
      const run = new Scenario(flowOf(DIAMOND));
      const records = [...ended(run), run.record('undo-d', 'COMPLETED'), run.record('undo-b', 'RUNNING')];
      expect(run.begin(records)).toEqual(['start undo-b #2']);
      expect(run.complete('undo-b')).toEqual(['undo-b COMPLETED', 'start undo-a']);
    });

    test('count one that FAILED before', () => {
      const run = new Scenario(flowOf(DIAMOND));
      const records = [...ended(run), run.record('undo-d', 'FAILED'), run.record('undo-b', 'COMPLETED')];
      expect(run.begin(records)).toEqual(['start undo-a']);
      expect(run.complete('undo-a').slice(-1)).toEqual(['finish FAILED by compensations undo-d, after by main']);
    });

    test('do not undo what another run did', () => {
      const run = new Scenario(flowOf(DIAMOND));
      const records = ended(run).map((record) => ({ ...record, isReused: record.node.name !== 'b' }));
      expect(run.begin(records)).toEqual(['start undo-b']);
      expect(run.complete('undo-b')).toEqual(['undo-b COMPLETED', 'finish FAILED by main']);
    });

    test('begin again alone with the deadline that the run had ended by', () => {
      const run = new Scenario(flowOf(DIAMOND));
      const deadline = { reason: { code: 'deadline' } } as const;
      const records = [
        run.record('a', 'COMPLETED'),
        ...['b', 'c', 'd', 'main'].map((name) => run.record(name, 'CANCELLED', deadline)),
      ];
      run.begin(records);
      expect(run.complete('undo-a')).toEqual(['undo-a COMPLETED', 'finish FAILED by deadline']);
    });

    test('of a mapped task go on with those instances that are open', () => {
      const run = new Scenario(
        flowOf([{ name: 'u' }, { name: 'm', edges: ['each(u)'], undo: {} }, { name: 'main', edges: ['all(m)'] }]),
      );
      const records = [
        run.record('u', 'COMPLETED', { elements: 2 }),
        run.record('m[0]', 'COMPLETED'),
        run.record('m[1]', 'COMPLETED'),
        run.record('m', 'COMPLETED', { elements: 2 }),
        run.record('main', 'FAILED'),
        run.record('undo-m', 'RUNNING', { elements: 2 }),
        run.record('undo-m[1]', 'COMPLETED'),
      ];
      expect(run.begin(records)).toEqual(['start undo-m[0]']);
      expect(run.complete('undo-m[0]').slice(-2)).toEqual(['undo-m COMPLETED of 2', 'finish FAILED by main']);
    });
  });
});
