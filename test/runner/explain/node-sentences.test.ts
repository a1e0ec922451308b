import type { ExplainedNodeReason } from '../../../src/runner/explain/reasons';
import type { StoredNode, StoredRun } from '../../../src/store/stored-run';
import { aNode, at, NOW } from './explain-fixture';
import { ATTEMPT, checked, explain, payRuns, payWaits, reserving, running, worker } from './orders-fixture';

const end = { task: undefined, error: undefined, because: undefined } as const;

type Row = readonly [
  what: string,
  run: Partial<StoredRun>,
  nodes: readonly StoredNode[],
  task: string,
  reason: ExplainedNodeReason,
  sentence: string,
];

const ROWS: readonly Row[] = [
  [
    'a completed node',
    running,
    [checked],
    'check',
    { code: 'final', status: 'COMPLETED', at: new Date(at(-190)), ...end },
    'it completed at 2026-01-31T11:56:50.000Z (3 min ago)',
  ],
  [
    'a failed node',
    running,
    [aNode('pay', { status: 'FAILED', finishedAt: NOW, error: '{"name":"CardError","message":"no","attempts":5}' })],
    'pay',
    { code: 'final', status: 'FAILED', at: new Date(NOW), ...end, error: { name: 'CardError', message: 'no' } },
    'it failed at 2026-01-31T12:00:00.000Z (now): CardError: no',
  ],
  [
    'a skipped node',
    running,
    [
      aNode('ship', {
        status: 'SKIPPED',
        reason: { code: 'edge-unmet', rule: 'completed', from: 'pay', upstream: 'FAILED' },
      }),
    ],
    'ship',
    { code: 'final', status: 'SKIPPED', at: undefined, ...end, because: 'it needs "pay" (completed), which is FAILED' },
    'it was skipped: it needs "pay" (completed), which is FAILED',
  ],
  [
    'a cancelled node',
    { status: 'CANCELLED' },
    [aNode('ship', { status: 'CANCELLED', reason: { code: 'cancel' } })],
    'ship',
    { code: 'final', status: 'CANCELLED', at: undefined, ...end, because: 'the run was cancelled' },
    'it was cancelled: the run was cancelled',
  ],
  [
    'a node of a run that ended before it',
    { status: 'CANCELLED', finishedAt: at(-5), cancelReason: 'customer asked' },
    [],
    'pay',
    { code: 'final', status: 'CANCELLED', at: new Date(at(-5)), ...end, because: 'customer asked' },
    'it never ran, and the run is over: it was cancelled at 2026-01-31T11:59:55.000Z (5 s ago): customer asked',
  ],
  [
    'a first call that runs',
    running,
    [checked, aNode('pay', { status: 'RUNNING', startedAt: at(-20) })],
    'pay',
    { code: 'running', worker, since: new Date(at(-20)), instances: undefined, attempt: 1, of: 5 },
    'worker "host:a" runs attempt 1 of 5 since 2026-01-31T11:59:40.000Z (20 s ago)',
  ],
  [
    'a later call that runs, since the backoff before it',
    running,
    [checked, payRuns],
    'pay',
    { code: 'running', worker, since: new Date(at(-30)), instances: undefined, attempt: 2, of: 5 },
    'worker "host:a" runs attempt 2 of 5 since 2026-01-31T11:59:30.000Z (30 s ago)',
  ],
  [
    'a call after one that a crash cut off, which uses up no retry',
    running,
    [checked, { ...payRuns, attempts: [{ ...ATTEMPT, outcome: 'lost', delayMs: undefined }] }],
    'pay',
    { code: 'running', worker, since: new Date(at(-60)), instances: undefined, attempt: 2, of: 6 },
    'worker "host:a" runs attempt 2 of 6 since 2026-01-31T11:59:00.000Z (1 min ago)',
  ],
  [
    'a call of a retried run, whose retries begin anew',
    { ...running, generation: 2 },
    [checked, { ...payRuns, generation: 2 }],
    'pay',
    { code: 'running', worker, since: new Date(at(-30)), instances: undefined, attempt: 2, of: 6 },
    'worker "host:a" runs attempt 2 of 6 since 2026-01-31T11:59:30.000Z (30 s ago)',
  ],
  [
    'a mapped node',
    running,
    [checked, reserving, aNode('reserve', { index: 0 }), aNode('reserve', { index: 1, status: 'RUNNING' })],
    'reserve',
    {
      code: 'running',
      worker,
      since: new Date(at(-60)),
      instances: { total: 40, completed: 1, failed: 0, skipped: 0, cancelled: 0 },
      attempt: 0,
      of: undefined,
    },
    '1 of its 40 elements ended; worker "host:a" executes them since 2026-01-31T11:59:00.000Z (1 min ago)',
  ],
  [
    'a call that an earlier worker began',
    { ...running, epoch: 3 },
    [checked, payRuns],
    'pay',
    { code: 'starting', worker, interrupted: 2 },
    'all that it depends on is over; worker "host:a" is about to call it again, since attempt 2 was cut off, or has just done so',
  ],
  [
    'a node that has what it needs',
    running,
    [checked],
    'pay',
    { code: 'starting', worker, interrupted: undefined },
    'all that it depends on is over; worker "host:a" is about to call it, or has just done so',
  ],
  [
    'a node that backs off',
    running,
    [checked, payWaits],
    'pay',
    {
      code: 'backing-off',
      until: new Date(at(30)),
      error: { name: 'CardError', message: 'Card declined' },
      attempt: 1,
      of: 5,
    },
    'attempt 1 of 5 failed (CardError: Card declined); the next one is due at 2026-01-31T12:00:30.000Z (in 30 s)',
  ],
  [
    'a node that sleeps',
    running,
    [checked, { ...payWaits, error: undefined, wait: { kind: 'sleep', since: at(-30) } }],
    'pay',
    { code: 'sleeping', since: new Date(at(-30)), until: new Date(at(30)) },
    'it sleeps until 2026-01-31T12:00:30.000Z (in 30 s)',
  ],
  [
    'a node whose wait is over, of a run that nobody takes',
    { status: 'WAITING', epoch: 1, wakeAt: at(-1), queue: 'gpu' },
    [checked, { ...payWaits, wakeAt: at(-1), wait: { kind: 'signal', signal: 'yes', since: at(-30) } }],
    'pay',
    { code: 'no-worker', lacks: 'queue', queue: 'gpu', workflow: 'orders', live: 1 },
    'its wait is over; the run is not executed: no worker serves this: the only live worker does not take queue "gpu"',
  ],
  [
    'a node whose backoff is over',
    running,
    [checked, { ...payWaits, wakeAt: at(-1) }],
    'pay',
    { code: 'starting', worker, interrupted: undefined },
    'all that it depends on is over; worker "host:a" is about to call it, or has just done so',
  ],
  [
    'a node whose backoff is over, of a run that nobody takes',
    { status: 'WAITING', epoch: 1, wakeAt: at(-1), queue: 'gpu' },
    [checked, { ...payWaits, wakeAt: at(-1) }],
    'pay',
    { code: 'no-worker', lacks: 'queue', queue: 'gpu', workflow: 'orders', live: 1 },
    'its next attempt is due; the run is not executed: no worker serves this: the only live worker does not take queue "gpu"',
  ],
  [
    'a node that waits for another that nothing is known of',
    running,
    [],
    'pay',
    {
      code: 'waits-for-dependency',
      on: [
        {
          task: 'check',
          rule: 'completed',
          status: 'PENDING',
          attempt: undefined,
          since: undefined,
          until: undefined,
          instances: undefined,
        },
      ],
    },
    'it waits for "check", which is PENDING',
  ],
  [
    'a node that waits for calls',
    running,
    [checked, payRuns, reserving, aNode('reserve', { index: 0, status: 'SKIPPED' })],
    'ship',
    {
      code: 'waits-for-dependency',
      on: [
        {
          task: 'pay',
          rule: 'completed',
          status: 'RUNNING',
          attempt: { attempt: 2, of: 5 },
          since: new Date(at(-30)),
          until: undefined,
          instances: undefined,
        },
        {
          task: 'reserve',
          rule: 'all',
          status: 'RUNNING',
          attempt: undefined,
          since: undefined,
          until: undefined,
          instances: { total: 40, completed: 0, failed: 0, skipped: 1, cancelled: 0 },
        },
      ],
    },
    'it waits for "pay" (RUNNING in attempt 2 of 5 since 2026-01-31T11:59:30.000Z (30 s ago)) ' +
      'and "reserve" (RUNNING with 1 of its 40 elements ended)',
  ],
  [
    'a handler that waits for a failure that may yet come',
    running,
    [checked, payWaits],
    'apologise',
    {
      code: 'waits-for-dependency',
      on: [
        {
          task: 'pay',
          rule: 'failed',
          status: 'WAITING',
          attempt: { attempt: 1, of: 5 },
          since: undefined,
          until: new Date(at(30)),
          instances: undefined,
        },
      ],
    },
    'it waits for "pay", which is WAITING after attempt 1 of 5 until 2026-01-31T12:00:30.000Z (in 30 s)',
  ],
  [
    'an always task without dependencies, which waits for the flow',
    running,
    [checked],
    'report',
    {
      code: 'waits-for-dependency',
      on: [
        {
          task: 'main',
          rule: 'always',
          status: 'PENDING',
          attempt: undefined,
          since: undefined,
          until: undefined,
          instances: undefined,
        },
      ],
    },
    'it waits for "main", which is PENDING',
  ],
  [
    'a node of a run that nobody has claimed',
    { wakeAt: at(-1) },
    [],
    'check',
    { code: 'waiting-for-claim', workers: 1, before: 0 },
    'all that it depends on is over; the run is not executed: ' +
      'it waits to be claimed: one live worker serves it, and it is the next of its queue',
  ],
  [
    'a call that was cut off, of a run that nobody has claimed',
    { wakeAt: at(-1), epoch: 2 },
    [checked, payRuns],
    'pay',
    { code: 'waiting-for-claim', workers: 1, before: 0 },
    'attempt 2 was cut off; the run is not executed: ' +
      'it waits to be claimed: one live worker serves it, and it is the next of its queue',
  ],
  [
    'a node of a run that starts later',
    { wakeAt: at(60) },
    [],
    'check',
    { code: 'not-due', at: new Date(at(60)) },
    'all that it depends on is over; the run is not executed: it starts at 2026-01-31T12:01:00.000Z (in 1 min)',
  ],
  [
    'a node that is not called any more, because the run is cancelled',
    { ...running, isCancelRequested: true },
    [checked],
    'pay',
    { code: 'cancel-requested', worker, because: undefined },
    'it does not start, because the run is being cancelled: its cancel was accepted, and worker "host:a" carries it out',
  ],
  [
    'a call that is told to stop',
    { ...running, isCancelRequested: true },
    [checked, payRuns],
    'pay',
    { code: 'cancel-requested', worker, because: undefined },
    'attempt 2 is told to stop, because the run is being cancelled: its cancel was accepted, and worker "host:a" carries it out',
  ],
  [
    'a backoff that is dropped',
    { ...running, isCancelRequested: true },
    [checked, payWaits],
    'pay',
    { code: 'cancel-requested', worker, because: undefined },
    'it is not tried again, because the run is being cancelled: its cancel was accepted, and worker "host:a" carries it out',
  ],
  [
    'an always task, which runs through a cancel',
    { ...running, isCancelRequested: true },
    [aNode('report', { status: 'RUNNING', startedAt: at(-20) })],
    'report',
    { code: 'running', worker, since: new Date(at(-20)), instances: undefined, attempt: 1, of: 1 },
    'worker "host:a" runs attempt 1 of 1 since 2026-01-31T11:59:40.000Z (20 s ago)',
  ],
];

describe('a node is explained', () => {
  it.each(ROWS)('%s', (_what, run, nodes, task, reason, sentence) => {
    const [node] = explain({ ...run, nodes }, task).nodes;
    expect(node).toMatchObject({ task, reason, sentence });
    expect(node?.reason).toEqual(reason);
  });
});
