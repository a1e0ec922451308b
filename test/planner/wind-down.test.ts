import { mayStart } from '../../src/planner/planner-state';
import { flowOf } from './flow-fixture';
import { Scenario } from './scenario';

describe('wind-down', () => {
  const specs = [
    { name: 'fails' },
    { name: 'runs', retries: 1 },
    { name: 'backs-off', retries: 1 },
    { name: 'could', edges: ['runs'] },
    { name: 'depends', edges: ['could'] },
    { name: 'settles', edges: ['settled(could)'] },
    { name: 'main', edges: ['fails', 'runs', 'backs-off', 'depends', 'settles'] },
  ];

  test('what backs off or could still have run is CANCELLED, and what depends on that too; running attempts finish', () => {
    const run = new Scenario(flowOf(specs));
    run.begin();
    run.fail('backs-off');
    expect(run.fail('fails')).toEqual([
      'fails FAILED',
      'main SKIPPED (completed fails FAILED)',
      'backs-off CANCELLED (wind-down)',
      'could CANCELLED (wind-down)',
      'depends CANCELLED (upstream could)',
      'settles CANCELLED (upstream could)',
    ]);
    expect(run.complete('runs')).toEqual(['runs COMPLETED', 'finish FAILED by fails']);
  });

  test('nothing is retried any more', () => {
    const run = new Scenario(flowOf(specs));
    run.begin();
    run.fail('fails');
    expect(run.fail('backs-off')).toEqual(['backs-off FAILED']);
    expect(run.fail('runs')).toEqual(['runs FAILED', 'finish FAILED by fails; errors runs backs-off']);
  });

  test("with onFailure: 'finish' every node that still can run does so first, retries included", () => {
    const run = new Scenario(flowOf(specs, { onFailure: 'finish' }));
    run.begin();
    run.fail('backs-off');
    expect(run.fail('fails')).toEqual(['fails FAILED', 'main SKIPPED (completed fails FAILED)']);
    expect(run.fail('runs')).toContain('runs WAITING until 1100 (100)');
    expect(run.due('runs')).toEqual(['start runs #2']);
    expect(run.complete('runs')).toEqual(['runs COMPLETED', 'start could']);
    expect(run.fail('could')).toEqual(['could FAILED', 'depends SKIPPED (completed could FAILED)', 'start settles']);
    expect(run.due('backs-off')).toEqual(['start backs-off #2']);
    expect(run.complete('backs-off')).toEqual(['backs-off COMPLETED']);
    expect(run.complete('settles')).toEqual(['settles COMPLETED', 'finish FAILED by fails; errors could']);
  });

  test('the edge table goes first: what a failure would have let start does not, if it also decides the flow', () => {
    const run = new Scenario(
      flowOf([{ name: 'a' }, { name: 'x', edges: ['settled(a)'] }, { name: 'main', edges: ['a', 'x'] }]),
    );
    run.begin();
    expect(run.fail('a')).toEqual([
      'a FAILED',
      'main SKIPPED (completed a FAILED)',
      'x CANCELLED (wind-down)',
      'finish FAILED by a',
    ]);
  });

  test('a COMPLETED flow winds down too, when a node it did without still runs', () => {
    const run = new Scenario(
      flowOf([
        { name: 'a' },
        { name: 'slow', retries: 1 },
        { name: 'flaky', retries: 1 },
        { name: 'x', edges: ['a', 'slow', 'flaky'] },
        { name: 'main', edges: ['optional(x)', 'settled(a)'] },
      ]),
    );
    run.begin();
    run.fail('flaky');
    expect(run.skip('a')).toEqual(['a SKIPPED (skip: no need)', 'x SKIPPED (completed a SKIPPED)', 'start main']);
    expect(run.complete('main')).toEqual(['main COMPLETED', 'flaky CANCELLED (wind-down)']);
    expect(run.fail('slow')).toEqual(['slow FAILED', 'finish COMPLETED; errors slow']);
  });

  test('a start that still waits for a slot may not be carried out any more, and is answered as aborted', () => {
    const run = new Scenario(flowOf([{ name: 'a' }, { name: 'queued' }, { name: 'main', edges: ['a', 'queued'] }]));
    run.begin();
    expect(mayStart(run.state, run.node('queued'))).toBe(true);
    run.fail('a');
    expect(mayStart(run.state, run.node('queued'))).toBe(false);
    expect(run.abort('queued')).toEqual(['queued CANCELLED (wind-down)', 'finish FAILED by a']);
  });

  test('an attempt aborted while the node may run changes nothing: its worker gave the run back', () => {
    const run = new Scenario(flowOf([{ name: 'main' }]));
    run.begin();
    expect(run.abort('main')).toEqual([]);
    expect(run.complete('main')).toContain('finish COMPLETED');
  });

  test('a mapped node without instances is CANCELLED as a whole, an active one by its instances', () => {
    const run = new Scenario(
      flowOf([
        { name: 'u' },
        { name: 'active', edges: ['each(u)'], retries: 1 },
        { name: 'v' },
        { name: 'idle', edges: ['each(v)'] },
        { name: 'fails' },
        { name: 'main', edges: ['all(active)', 'all(idle)', 'fails'] },
      ]),
    );
    run.begin();
    run.complete('u', 2);
    run.fail('active[0]');
    expect(run.fail('fails')).toEqual([
      'fails FAILED',
      'main SKIPPED (completed fails FAILED)',
      'active[0] CANCELLED (wind-down)',
      'idle CANCELLED (wind-down)',
    ]);
    expect(run.complete('active[1]')).toEqual(['active[1] COMPLETED', 'active CANCELLED of 2 (wind-down)']);
    expect(run.complete('v', 2)).toEqual(['v COMPLETED', 'finish FAILED by fails']);
  });
});
