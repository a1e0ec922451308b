import { explainRun } from '../../../src/runner/explain/explanation';
import type { ExplainedRunReason } from '../../../src/runner/explain/reasons';
import type { StoredWorker } from '../../../src/store/list-workers';
import type { StoredRun } from '../../../src/store/stored-run';
import { aNode, aRun, aSilentWorker, at, aWorker, NOW } from './explain-fixture';

const due = { wakeAt: at(-1) } as const;
const parked = { status: 'WAITING', epoch: 1, wakeAt: at(90) } as const;
const running = { status: 'RUNNING', epoch: 1, owner: 'a', startedAt: at(-180) } as const;
const waiting = aNode('pay', { status: 'WAITING', wakeAt: at(90), attempt: 2 });

interface Row {
  readonly run: Partial<StoredRun>;
  readonly workers?: readonly StoredWorker[];
  readonly before?: number;
  readonly reason: ExplainedRunReason;
  readonly sentence: string;
}

const ended = { at: new Date(at(-7_200)), task: undefined, error: undefined, because: undefined } as const;
const nobody = { code: 'no-worker', queue: 'default', workflow: 'orders' } as const;

const ROWS: Readonly<Record<string, Row>> = {
  'a completed run': {
    run: { status: 'COMPLETED', finishedAt: at(-7_200) },
    reason: { code: 'final', status: 'COMPLETED', ...ended },
    sentence: 'it completed at 2026-01-31T10:00:00.000Z (2 h ago)',
  },
  'a failed run': {
    run: {
      status: 'FAILED',
      finishedAt: at(-7_200),
      error: '{"name":"CardError","message":"Card declined","task":"pay","attempts":3}',
    },
    reason: {
      code: 'final',
      status: 'FAILED',
      ...ended,
      task: 'pay',
      error: { name: 'CardError', message: 'Card declined' },
    },
    sentence: 'it failed in "pay" at 2026-01-31T10:00:00.000Z (2 h ago): CardError: Card declined',
  },
  'a failed run that no node decided': {
    run: { status: 'FAILED', error: '{"name":"DeadlineError","message":"too late","attempts":0}' },
    reason: {
      code: 'final',
      status: 'FAILED',
      ...ended,
      at: undefined,
      error: { name: 'DeadlineError', message: 'too late' },
    },
    sentence: 'it failed: DeadlineError: too late',
  },
  'a cancelled run': {
    run: { status: 'CANCELLED', finishedAt: at(-7_200), cancelReason: 'customer asked' },
    reason: { code: 'final', status: 'CANCELLED', ...ended, because: 'customer asked' },
    sentence: 'it was cancelled at 2026-01-31T10:00:00.000Z (2 h ago): customer asked',
  },
  'a run that a live worker has': {
    run: running,
    workers: [aWorker('a')],
    reason: { code: 'running', worker: { id: 'a', label: 'host:a' }, since: new Date(at(-180)) },
    sentence: 'worker "host:a" executes it; it began at 2026-01-31T11:57:00.000Z (3 min ago)',
  },
  'a run that is being cancelled': {
    run: { ...running, isCancelRequested: true, cancelReason: 'customer asked' },
    workers: [aWorker('a')],
    reason: { code: 'cancel-requested', worker: { id: 'a', label: 'host:a' }, because: 'customer asked' },
    sentence: 'its cancel was accepted (customer asked), and worker "host:a" carries it out',
  },
  'a run of a silent worker, with heirs': {
    run: running,
    workers: [aSilentWorker('a'), aWorker('b'), aWorker('c'), aWorker('d', { queues: ['other'] })],
    reason: {
      code: 'owner-silent',
      worker: { id: 'a', label: 'host:a' },
      since: new Date(at(-5)),
      heirs: 2,
    },
    sentence:
      'its worker "host:a" gave no sign of life and its lease ended at 2026-01-31T11:59:55.000Z (5 s ago); ' +
      'the next poll of any of the 2 live workers that serve it takes it over',
  },
  'a run of a silent worker, with one heir': {
    run: running,
    workers: [aSilentWorker('a'), aWorker('b')],
    reason: { code: 'owner-silent', worker: { id: 'a', label: 'host:a' }, since: new Date(at(-5)), heirs: 1 },
    sentence:
      'its worker "host:a" gave no sign of life and its lease ended at 2026-01-31T11:59:55.000Z (5 s ago); ' +
      'the next poll of the one live worker that serves it takes it over',
  },
  'a run of a worker that is gone, and nobody else': {
    run: running,
    reason: { code: 'owner-silent', worker: undefined, since: undefined, heirs: 0 },
    sentence: 'its worker is gone, and no live worker serves it that could take it over',
  },
  'a run that starts later, whoever serves it': {
    run: { wakeAt: at(7_200) },
    reason: { code: 'not-due', at: new Date(at(7_200)) },
    sentence: 'it starts at 2026-01-31T14:00:00.000Z (in 2 h)',
  },
  'a held run whose flow is known': {
    run: { status: 'PENDING', wakeAt: undefined },
    workers: [aWorker('a')],
    reason: { code: 'held', isOpen: false },
    sentence: 'created, waiting for execute',
  },
  'a held run whose flow is open': {
    run: { status: 'PENDING', wakeAt: undefined, flow: '' },
    reason: { code: 'held', isOpen: true },
    sentence: 'created, waiting for execute, which is to name its flow',
  },
  'a parked run that backs off': {
    run: { ...parked, nodes: [waiting, aNode('ship', { status: 'WAITING', wakeAt: at(300) })] },
    workers: [aWorker('a')],
    reason: { code: 'backing-off', task: 'pay', index: undefined, until: new Date(at(90)) },
    sentence: 'it is parked until 2026-01-31T12:01:30.000Z (in 2 min), when "pay" is tried again',
  },
  'a parked run whose element backs off': {
    run: { ...parked, nodes: [{ ...waiting, index: 3 }] },
    reason: { code: 'backing-off', task: 'pay', index: 3, until: new Date(at(90)) },
    sentence: 'it is parked until 2026-01-31T12:01:30.000Z (in 2 min), when "pay" [3] is tried again',
  },
  'a parked run whose task sleeps': {
    run: {
      ...parked,
      nodes: [aNode('nap', { status: 'WAITING', wakeAt: at(90), wait: { kind: 'sleep', since: at(-60) } })],
    },
    reason: {
      code: 'waiting',
      task: 'nap',
      index: undefined,
      wait: { code: 'sleeping', since: new Date(at(-60)), until: new Date(at(90)) },
      until: new Date(at(90)),
    },
    sentence: 'it is parked while "nap" sleeps until 2026-01-31T12:01:30.000Z (in 2 min)',
  },
  'a parked run, one task of which waits for a signal, with a time-out before the other sleep ends': {
    run: {
      ...parked,
      nodes: [
        aNode('nap', { status: 'WAITING', wakeAt: at(900), wait: { kind: 'sleep', since: at(-60) } }),
        aNode('ask', { status: 'WAITING', wakeAt: at(90), wait: { kind: 'signal', signal: 'yes', since: at(-60) } }),
      ],
    },
    reason: {
      code: 'waiting',
      task: 'ask',
      index: undefined,
      wait: { code: 'waits-for-signal', signal: 'yes', since: new Date(at(-60)), until: new Date(at(90)) },
      until: new Date(at(90)),
    },
    sentence:
      'it is parked while "ask" waits for signal "yes" (since 2026-01-31T11:59:00.000Z (1 min ago)); ' +
      'it fails at 2026-01-31T12:01:30.000Z (in 2 min) without one',
  },
  'a parked run whose element waits for a signal for ever': {
    run: {
      status: 'WAITING',
      epoch: 1,
      nodes: [aNode('ask', { index: 2, status: 'WAITING', wait: { kind: 'signal', signal: 'yes', since: at(-60) } })],
    },
    reason: {
      code: 'waiting',
      task: 'ask',
      index: 2,
      wait: { code: 'waits-for-signal', signal: 'yes', since: new Date(at(-60)), until: undefined },
      until: undefined,
    },
    sentence: 'it is parked while "ask" [2] waits for signal "yes" (since 2026-01-31T11:59:00.000Z (1 min ago))',
  },
  'a parked run of which no node waits': {
    run: parked,
    reason: { code: 'parked', until: new Date(at(90)) },
    sentence: 'it is parked until 2026-01-31T12:01:30.000Z (in 2 min)',
  },
  'a run that is parked without an end': {
    run: { status: 'WAITING', epoch: 1 },
    reason: { code: 'parked', until: undefined },
    sentence: 'it is parked until something wakes it',
  },
  'no worker at all': {
    run: due,
    workers: [aSilentWorker('a')],
    reason: { ...nobody, lacks: 'worker', live: 0 },
    sentence: 'no worker serves this: no worker is alive',
  },
  'a queue that nobody takes': {
    run: { ...due, queue: 'gpu' },
    workers: [aWorker('a'), aWorker('b')],
    reason: { ...nobody, queue: 'gpu', lacks: 'queue', live: 2 },
    sentence: 'no worker serves this: none of the 2 live workers takes queue "gpu"',
  },
  'a queue that the only worker does not take': {
    run: { ...due, queue: 'gpu' },
    workers: [aWorker('a')],
    reason: { ...nobody, queue: 'gpu', lacks: 'queue', live: 1 },
    sentence: 'no worker serves this: the only live worker does not take queue "gpu"',
  },
  'a workflow that nobody has': {
    run: due,
    workers: [aWorker('a', { workflows: [] }), aWorker('b', { workflows: ['other'] })],
    reason: { ...nobody, lacks: 'workflow', live: 2 },
    sentence: 'no worker serves this: none of the 2 live workers has the workflow "orders"',
  },
  'a workflow that the only worker does not have': {
    run: due,
    workers: [aWorker('a', { workflows: [] })],
    reason: { ...nobody, lacks: 'workflow', live: 1 },
    sentence: 'no worker serves this: the only live worker does not have the workflow "orders"',
  },
  'a queue here and a workflow there': {
    run: due,
    workers: [aWorker('a', { workflows: [] }), aWorker('b', { queues: ['other'] })],
    reason: { ...nobody, lacks: 'both', live: 2 },
    sentence:
      'no worker serves this: none of the 2 live workers both takes queue "default" and has the workflow "orders"',
  },
  'nobody to carry out a cancel': {
    run: { ...due, isCancelRequested: true },
    reason: { ...nobody, lacks: 'worker', live: 0 },
    sentence: 'no worker serves this: no worker is alive',
  },
  'a cancel that the next claim carries out': {
    run: { ...due, status: 'WAITING', isCancelRequested: true },
    workers: [aWorker('a')],
    reason: { code: 'cancel-requested', worker: undefined, because: undefined },
    sentence: 'its cancel was accepted, and the next worker that claims it carries it out',
  },
  'changed code': {
    run: { ...due, status: 'WAITING', refused: ['f2'] },
    workers: [aWorker('a')],
    reason: { code: 'code-changed', refusals: 1, version: undefined, because: [] },
    sentence:
      'the code of its workflow has changed since it began: one version of it did not fit its records; ' +
      'start a worker with the code that it began with, fork it to go on with other code, or cancel it',
  },
  'code that changed twice': {
    run: { ...due, status: 'WAITING', refused: ['f2', 'f3'] },
    workers: [aWorker('a')],
    reason: { code: 'code-changed', refusals: 2, version: undefined, because: [] },
    sentence:
      'the code of its workflow has changed since it began: 2 versions of it did not fit its records; ' +
      'start a worker with the code that it began with, fork it to go on with other code, or cancel it',
  },
  'a run that a worker could not open': {
    run: { ...due, status: 'WAITING', refused: ['payloads:k1:0a1b'] },
    workers: [aWorker('a')],
    reason: { code: 'sealed', refusals: 1 },
    sentence:
      'its values could not be opened by a worker that claimed it; ' +
      'give the workers the key with which they were sealed, by the option payloads, or cancel it',
  },
  'changed code, when its deadline has passed: that needs none': {
    run: { ...due, status: 'WAITING', refused: ['f2'], deadlineAt: at(-1) },
    workers: [aWorker('a')],
    reason: { code: 'waiting-for-claim', workers: 1, before: 0 },
    sentence: 'it waits to be claimed: one live worker serves it, and it is the next of its queue',
  },
  'a run after others': {
    run: due,
    workers: [aWorker('a'), aWorker('b'), aSilentWorker('c')],
    before: 3,
    reason: { code: 'waiting-for-claim', workers: 2, before: 3 },
    sentence: 'it waits to be claimed: 2 live workers serve it, and 3 runs of its queue come first',
  },
  'a run after another': {
    run: due,
    workers: [aWorker('a')],
    before: 1,
    reason: { code: 'waiting-for-claim', workers: 1, before: 1 },
    sentence: 'it waits to be claimed: one live worker serves it, and one run of its queue comes first',
  },
  'a run after many': {
    run: due,
    workers: [aWorker('a')],
    before: 1_000,
    reason: { code: 'waiting-for-claim', workers: 1, before: 1_000 },
    sentence: 'it waits to be claimed: one live worker serves it, and at least 1,000 runs of its queue come first',
  },
};

describe('a run is explained', () => {
  it.each(Object.entries(ROWS))('%s', (_name, { run, workers = [], before = 0, reason, sentence }) => {
    const explained = explainRun(aRun(run), undefined, { now: NOW, workers }, before);
    expect(explained.run).toEqual({
      id: aRun().id,
      workflow: 'orders',
      flow: aRun(run).flow,
      status: aRun(run).status,
      reason,
      sentence,
      isCodeKnown: false,
    });
  });

  it('in words for every code', () => {
    const codes = new Set(Object.values(ROWS).map(({ reason }) => reason.code));
    const all: Record<ExplainedRunReason['code'], true> = {
      'final': true, 'running': true, 'owner-silent': true, 'cancel-requested': true, 'not-due': true, 'held': true,
      'backing-off': true, 'waiting': true, 'parked': true, 'no-worker': true, 'code-changed': true, 'sealed': true,
      'waiting-for-claim': true,
    }; // prettier-ignore
    expect([...codes].sort()).toEqual(Object.keys(all).sort());
  });
});
