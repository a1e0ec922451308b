import type { NodeOptions } from '../../src/graph/node-options';
import { compensation, flow, graphOf, issuesOf, messagesOf, task } from './sources';

type Options = Readonly<Record<string, unknown>>;

function resolve(own: Options, workflow: Options = {}): NodeOptions {
  const graph = graphOf([task('a', [], own), flow('main')], workflow);
  return graph.nodes.get('a')?.options as NodeOptions;
}

describe('options', () => {
  it('has the documented defaults', () => {
    expect(resolve({})).toEqual({
      timeoutMs: 60_000,
      totalTimeoutMs: false,
      transactional: false,
      retries: { max: 0, backoff: 'exponential', initialDelayMs: 200, maxDelayMs: 60_000, jitter: true },
    });
    expect(graphOf([flow('main')]).nodes.get('main')).toMatchObject({ onFailure: 'stop', always: false });
  });

  it('reads every option in its units', () => {
    const retryIf = (): boolean => true;
    const key = (): string => 'k';
    const policy = { execute: () => Promise.resolve() };
    const retries = { max: 5, backoff: 'linear', initialDelay: '1s', maxDelay: '2m', jitter: false, retryIf };
    const own = {
      retries,
      timeout: '30s',
      totalTimeout: '5m',
      queue: 'gpu',
      concurrency: { limit: 2, key },
      transactional: true,
      policy,
    };
    expect(resolve(own)).toEqual({
      retries: { max: 5, backoff: 'linear', initialDelayMs: 1_000, maxDelayMs: 120_000, jitter: false, retryIf },
      timeoutMs: 30_000,
      totalTimeoutMs: 300_000,
      queue: 'gpu',
      concurrency: { limit: 2, key },
      transactional: true,
      policy,
    });
    expect(resolve({ concurrency: 3 }).concurrency).toEqual({ limit: 3 });
  });

  it('puts the node before the defaults, and these before the standard', () => {
    const defaults = { task: { timeout: '5s', totalTimeout: '1m', queue: 'slow' } };
    expect(resolve({ timeout: '1s', queue: undefined }, { defaults })).toMatchObject({
      timeoutMs: 1_000,
      totalTimeoutMs: 60_000,
      queue: 'slow',
    });
    expect(resolve({ timeout: false, totalTimeout: false }, { defaults })).toMatchObject({
      timeoutMs: false,
      totalTimeoutMs: false,
    });
    expect(resolve({}, { defaults: { flow: { timeout: 1 } } }).timeoutMs).toBe(60_000);
  });

  it('takes over retries field by field', () => {
    const defaults = { task: { retries: { backoff: 'constant', initialDelay: '1s' } } };
    expect(resolve({ retries: 5 }, { defaults }).retries).toMatchObject({
      max: 5,
      backoff: 'constant',
      initialDelayMs: 1_000,
    });
    expect(resolve({}, { defaults }).retries).toMatchObject({ max: 0, backoff: 'constant' });
    expect(resolve({ retries: { jitter: false } }, { defaults: { task: { retries: 2 } } }).retries).toMatchObject({
      max: 2,
      jitter: false,
    });
  });

  it('lets a delay that is written move the one that is not', () => {
    expect(resolve({ retries: { max: 1, initialDelay: '5m' } }).retries).toMatchObject({
      initialDelayMs: 300_000,
      maxDelayMs: 300_000,
    });
    expect(resolve({ retries: { max: 1, maxDelay: 50 } }).retries).toMatchObject({
      initialDelayMs: 50,
      maxDelayMs: 50,
    });
  });

  it('sends runs where the flow says, else its defaults, else the workflow', () => {
    const queueOf = (own: Options, workflow: Options) =>
      graphOf([flow('main', [], own)], workflow).nodes.get('main')?.options.queue;
    const workflow = { queue: 'w', defaults: { flow: { queue: 'd' } } };
    expect(queueOf({ queue: 'f' }, workflow)).toBe('f');
    expect(queueOf({}, workflow)).toBe('d');
    expect(queueOf({}, { queue: 'w' })).toBe('w');
    expect(resolve({}, { queue: 'w' }).queue).toBeUndefined();
  });

  it('gives flows and compensations their defaults', () => {
    const defaults = { task: { retries: 3 }, flow: { onFailure: 'finish', timeout: '2s' } };
    const graph = graphOf(
      [task('a'), compensation('undo', 'a'), flow('main'), flow('other', [], { onFailure: 'stop' })],
      { defaults },
    );
    expect(graph.nodes.get('undo')?.options.retries.max).toBe(3);
    expect(graph.nodes.get('main')).toMatchObject({
      onFailure: 'finish',
      options: { timeoutMs: 2_000, retries: { max: 0 } },
    });
    expect(graph.flows.get('main')?.onFailure).toBe('finish');
    expect(graph.flows.get('other')?.onFailure).toBe('stop');
  });

  it.each<[string, unknown]>([
    ['timeout', 0],
    ['timeout', -1],
    ['timeout', NaN],
    ['timeout', Infinity],
    ['timeout', 1.5],
    ['timeout', '5'],
    ['timeout', true],
    ['timeout', null],
    ['totalTimeout', '11y'],
    ['retries', -1],
    ['retries', 1.5],
    ['retries', Infinity],
    ['retries', '3'],
    ['retries', null],
    ['retries', []],
    ['retries', {}],
    ['retries', { max: -1 }],
    ['retries', { max: 1, backoff: 'fibonacci' }],
    ['retries', { max: 1, initialDelay: -1 }],
    ['retries', { max: 1, initialDelay: '2s', maxDelay: '1s' }],
    ['retries', { max: 1, jitter: 1 }],
    ['retries', { max: 1, retryIf: 'always' }],
    ['queue', ''],
    ['queue', 'a b'],
    ['queue', 'x'.repeat(101)],
    ['queue', 'a\u0000'],
    ['concurrency', 0],
    ['concurrency', {}],
    ['concurrency', { limit: 1.5 }],
    ['concurrency', { limit: 1, key: 5 }],
    ['transactional', 'yes'],
    ['always', 1],
    ['policy', {}],
    ['policy', null],
  ])('refuses %s: %p, once', (option, value) => {
    expect(issuesOf([task('a', [], { [option]: value }), flow('main')])).toEqual(['INVALID_OPTION W.a']);
  });

  it.each<[string, object, string]>([
    [
      'time zone',
      { cron: '* * * * *', timeZone: 'Europe/Berln' },
      `schedule.timeZone must be an IANA time zone such as 'Europe/Berlin', got "Europe/Berln"`,
    ],
    [
      'pattern',
      { cron: '@daily' },
      'schedule.cron must be a pattern of five fields, or six with seconds first, got "@daily"',
    ],
    ['kind of pattern', { cron: 5 }, 'schedule.cron must be a cron pattern, got 5'],
  ])('names the wrong %s of a schedule, with what it got once', (_what, schedule, message) => {
    expect(messagesOf([flow('main', [], { schedule })])).toEqual([message]);
  });

  it.each<[string, unknown]>([
    ['version', ''],
    ['version', 1],
    ['version', '\ud800'],
    ['queue', '\n'],
    ['defaults', []],
    ['defaults', { task: 5 }],
    ['defaults', { task: { timeout: 'x' } }],
    ['defaults', { flow: { onFailure: 'continue' } }],
  ])('refuses %s: %p of a workflow', (option, value) => {
    expect(issuesOf([flow('main')], { [option]: value })).toEqual(['INVALID_OPTION W']);
  });

  it('refuses options that do not exist, and suggests', () => {
    expect(messagesOf([task('a', [], { timout: 5, retries: { max: 1, maxdelay: 5 } }), flow('main')])).toEqual([
      'there is no option "timout" here; did you mean "timeout"?',
      'there is no option "retries.maxdelay" here; did you mean "retries.maxDelay"?',
    ]);
    expect(issuesOf([flow('main', [], { always: true })], { defaults: { tasks: {} } })).toEqual([
      'UNKNOWN_OPTION W',
      'UNKNOWN_OPTION W.main',
    ]);
    expect(issuesOf([task('a', [], { onFailure: 'stop' }), flow('main')])).toEqual(['UNKNOWN_OPTION W.a']);
  });

  it('refuses options that are no object', () => {
    expect(issuesOf([{ name: 'main', kind: 'flow', options: 'x' }])).toEqual(['INVALID_OPTION W.main']);
    expect(issuesOf([{ name: 'main', kind: 'flow', options: null }], [])).toEqual([
      'INVALID_OPTION W',
      'INVALID_OPTION W.main',
    ]);
  });

  it('reads own fields only', () => {
    const polluted = Object.create({ timeout: 1 }) as Options;
    expect(graphOf([{ name: 'main', kind: 'flow', options: polluted }]).nodes.get('main')?.options.timeoutMs).toBe(
      60_000,
    );
  });
});
