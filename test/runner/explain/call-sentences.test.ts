import { all, defineWorkflow, each } from '../../../src';
import type { TaskContext } from '../../../src';
import { explainRun } from '../../../src/runner/explain/explanation';
import type { Explanation } from '../../../src/runner/explain/explanation';
import type { ExplainedNodeReason } from '../../../src/runner/explain/reasons';
import type { SlotUse } from '../../../src/store/slots';
import type { StoredWorker } from '../../../src/store/list-workers';
import type { StoredRun } from '../../../src/store/stored-run';
import { aCall, aNode, aRun, aSilentWorker, at, aWorker, NOW } from './explain-fixture';

const orders = defineWorkflow('orders')
  .task('load', async (n: number) => [n])
  .task('render', { dependsOn: ['load'], queue: 'gpu', retries: 2 }, async (n: number[]) => n.length)
  .task('frame', { dependsOn: [each('load')], concurrency: 3 }, async (n: number) => n)
  .task('charge', { dependsOn: ['load'], concurrency: 3 }, async (n: number[]) => n.length)
  .flow(
    'main',
    { dependsOn: ['render', 'charge', all('frame')] },
    async (n: number, _m: number, _f: number[], _ctx: TaskContext<number>) => n,
  )
  .build();
const flow = orders.graph.flows.get('main');
if (flow === undefined) throw new Error('the flow was expected to exist');
const { fingerprint } = flow;

const running = { status: 'RUNNING', epoch: 1, owner: 'a', startedAt: at(-300) } as const;
const parked = { status: 'WAITING', epoch: 1 } as const;
const loaded = aNode('load', { startedAt: at(-200), finishedAt: at(-190) });
const a = { id: 'a', label: 'host:a' } as const;
const gpu = aWorker('g', { queues: ['gpu'] });
const g = { id: 'g', label: 'host:g' } as const;
const KEY = 'task:orders:charge';
const OFFERED = '2026-01-31T11:59:20.000Z (40 s ago)';

function explain(
  run: Partial<StoredRun>,
  task: string | undefined,
  workers: readonly StoredWorker[],
  uses: readonly SlotUse[] = [],
): Explanation {
  const slots = {
    uses,
    keysOf: ({ name }: { readonly name: string }) => (name === 'load' ? [] : [`task:orders:${name}`, 'queue:gpu']),
  };
  return explainRun(aRun({ fingerprint, nodes: [loaded], ...run }), flow, { now: NOW, workers, slots }, 0, task);
}

type Row = readonly [
  what: string,
  run: Partial<StoredRun>,
  workers: readonly StoredWorker[],
  reason: ExplainedNodeReason,
  sentence: string,
];

const queued = { since: new Date(at(-40)), isTakenOver: false, attempt: 1, of: 3 } as const;
const calls = [aCall('render')];
const claimed = [aCall('render', { worker: 'g', claimedAt: at(-30) })];
const failed = aNode('render', {
  status: 'WAITING',
  wakeAt: at(-41),
  attempts: [
    { attempt: 1, outcome: 'failed', generation: 1, startedAt: at(-100), finishedAt: at(-60), delayMs: 19_000 },
  ],
});

const ROWS: readonly Row[] = [
  [
    'that waits in a queue',
    { ...running, calls },
    [aWorker('a'), gpu],
    { code: 'queued', queue: 'gpu', workers: 1, ...queued },
    `attempt 1 of 3 was offered at ${OFFERED} and waits in queue "gpu": one live worker serves it there, and none has taken it yet`,
  ],
  [
    'that waits in a queue again, after a failure',
    { ...running, nodes: [loaded, failed], calls: [aCall('render', { attempt: 2 })] },
    [aWorker('a'), gpu, aWorker('h', { queues: ['gpu'] })],
    { code: 'queued', queue: 'gpu', workers: 2, ...queued, attempt: 2 },
    `attempt 2 of 3 was offered at ${OFFERED} and waits in queue "gpu": 2 live workers serve it there, and none has taken it yet`,
  ],
  [
    'of a parked run, that waits in a queue',
    { ...parked, calls },
    [gpu],
    { code: 'queued', queue: 'gpu', workers: 1, ...queued },
    `attempt 1 of 3 was offered at ${OFFERED} and waits in queue "gpu": one live worker serves it there, and none has taken it yet`,
  ],
  [
    'whose queue nobody serves',
    { ...running, calls },
    [aWorker('a')],
    { code: 'no-worker', lacks: 'queue', queue: 'gpu', workflow: 'orders', live: 1, ...queued },
    `attempt 1 of 3 was offered at ${OFFERED} and waits in queue "gpu", and no worker serves it there: ` +
      'the only live worker does not take queue "gpu"',
  ],
  [
    'whose queue is served without its workflow',
    { ...running, calls },
    [aWorker('a'), aWorker('g', { queues: ['gpu'], workflows: ['films'] })],
    { code: 'no-worker', lacks: 'both', queue: 'gpu', workflow: 'orders', live: 2, ...queued },
    `attempt 1 of 3 was offered at ${OFFERED} and waits in queue "gpu", and no worker serves it there: ` +
      'none of the 2 live workers both takes queue "gpu" and has the workflow "orders"',
  ],
  [
    'that another worker makes',
    { ...running, calls: claimed },
    [aWorker('a'), gpu],
    { code: 'running', worker: g, since: new Date(at(-30)), instances: undefined, attempt: 1, of: 3 },
    'worker "host:g" runs attempt 1 of 3 since 2026-01-31T11:59:30.000Z (30 s ago)',
  ],
  [
    'that goes on while the owner of its run is silent',
    { ...running, calls: claimed },
    [aSilentWorker('a'), gpu],
    { code: 'running', worker: g, since: new Date(at(-30)), instances: undefined, attempt: 1, of: 3 },
    'worker "host:g" runs attempt 1 of 3 since 2026-01-31T11:59:30.000Z (30 s ago)',
  ],
  [
    'whose worker is silent',
    { ...running, calls: claimed },
    [aWorker('a'), { ...aSilentWorker('g'), queues: ['gpu'] }, aWorker('h', { queues: ['gpu'] })],
    { code: 'queued', queue: 'gpu', workers: 1, ...queued, isTakenOver: true },
    `attempt 1 of 3 was offered at ${OFFERED} and waits in queue "gpu" again, since the worker that had it gave no sign of life: ` +
      'one live worker serves it there, and none has taken it yet',
  ],
  [
    'whose result has come',
    { ...running, calls: [aCall('render', { worker: 'g', claimedAt: at(-30), hasResult: true })] },
    [aWorker('a'), gpu],
    { code: 'result-waits', worker: g, attempt: 1, of: 3 },
    'worker "host:g" has made attempt 1 of 3; the worker that executes the run records what came of it',
  ],
  [
    'that is told to stop, because the run is cancelled',
    { ...running, isCancelRequested: true, calls: claimed },
    [aWorker('a'), gpu],
    { code: 'cancel-requested', worker: a, because: undefined },
    'attempt 1 is told to stop, because the run is being cancelled: its cancel was accepted, and worker "host:a" carries it out',
  ],
  [
    'of an earlier generation, which means nothing any more',
    { ...running, generation: 2, calls },
    [aWorker('a'), gpu],
    { code: 'starting', worker: a, interrupted: undefined },
    'all that it depends on is over; worker "host:a" is about to call it, or has just done so',
  ],
  [
    'whose result is recorded, and whose row is about to go',
    { ...running, nodes: [loaded, failed], calls: [aCall('render', { worker: 'g', hasResult: true })] },
    [aWorker('a'), gpu],
    { code: 'starting', worker: a, interrupted: undefined },
    'all that it depends on is over; worker "host:a" is about to call it, or has just done so',
  ],
];

describe('a call on another worker is explained', () => {
  it.each(ROWS)('%s', (_what, run, workers, reason, sentence) => {
    const [node] = explain(run, 'render', workers).nodes;
    expect(node).toMatchObject({ task: 'render', reason, sentence });
    expect(node?.reason).toEqual(reason);
  });

  it('as what the nodes below wait for, since it was taken', () => {
    const [node] = explain({ ...running, calls: claimed }, 'main', [aWorker('a'), gpu]).nodes;
    expect(node?.sentence).toBe(
      'it waits for "render" (RUNNING in attempt 1 of 3 since 2026-01-31T11:59:30.000Z (30 s ago)), ' +
        '"charge" (PENDING) and "frame" (PENDING)',
    );
  });

  it('as an element without a record, with its index', () => {
    const nodes = [loaded, aNode('frame', { status: 'RUNNING', attempt: 0, elements: 9 })];
    const offered = [aCall('frame', { index: 7 }), aCall('frame', { index: 2, worker: 'g', claimedAt: at(-1) })];
    const explanation = explain({ ...running, nodes, calls: offered }, 'frame', [aWorker('a'), gpu]);
    expect(explanation.nodes.map(({ index, status, reason }) => [index, status, reason.code])).toEqual([
      [undefined, 'RUNNING', 'running'],
      [2, 'RUNNING', 'running'],
      [7, 'PENDING', 'queued'],
    ]);
  });

  it('as what its parked run waits for', () => {
    const two = [...calls, aCall('charge'), aCall('load', { hasResult: true })];
    expect(explain({ ...parked, calls }, undefined, [gpu]).run).toMatchObject({
      reason: { code: 'parked', until: undefined, calls: 1 },
      sentence: 'it is parked until its call on other workers ends',
    });
    expect(explain({ ...parked, calls: two }, undefined, [gpu]).run.sentence).toBe(
      'it is parked until one of its 2 calls on other workers ends',
    );
  });
});

const use: SlotUse = { key: KEY, limit: 3, held: [{ worker: 'b', slots: 2 }, { worker: 'c', slots: 1 }], waiting: ['a'] }; // prettier-ignore
const full = { code: 'concurrency-full', key: KEY, limit: 3, worker: a } as const;
const b = { id: 'b', label: 'host:b' } as const;
const FLEET = [aWorker('a'), aWorker('b')];

const SLOT_ROWS: readonly (readonly [string, SlotUse, ExplainedNodeReason | undefined, string | undefined])[] = [
  [
    'while other workers hold all, one of them unknown by now',
    use,
    { ...full, held: [{ worker: b, slots: 2 }, { worker: { id: 'c', label: 'c' }, slots: 1 }] }, // prettier-ignore
    `it waits on worker "host:a" for a slot of "${KEY}", of which 3 of 3 are held: 2 by worker "host:b", 1 by worker "c"`,
  ],
  [
    'or has just got one, where its worker holds some',
    { ...use, limit: 2, held: [{ worker: 'a', slots: 3 }], waiting: [] },
    { ...full, limit: 2, held: [{ worker: a, slots: 3 }] },
    `it waits on worker "host:a" for a slot of "${KEY}", of which 3 of 2 are held: 3 by worker "host:a"; or it has just got one of those`,
  ],
  [
    'behind workers that waited longer',
    { ...use, held: [] },
    { ...full, held: [] },
    `it waits on worker "host:a" for a slot of "${KEY}", of which 0 of 3 are held`,
  ],
  ['but not while slots are free', { ...use, held: [{ worker: 'b', slots: 2 }], waiting: ['b'] }, undefined, undefined],
  ['but not for another key', { ...use, key: 'task:orders:other' }, undefined, undefined],
];

describe('a call that waits for a slot is explained', () => {
  it.each(SLOT_ROWS)('%s', (_what, slotUse, reason, sentence) => {
    const [node] = explain(running, 'charge', FLEET, [slotUse]).nodes;
    expect(node?.reason).toEqual(reason ?? { code: 'starting', worker: a, interrupted: undefined });
    if (sentence !== undefined) expect(node?.sentence).toBe(sentence);
  });

  it('by the first of its limits that is full', () => {
    const queue: SlotUse = { ...use, key: 'queue:gpu' };
    expect(explain(running, 'charge', FLEET, [queue]).nodes[0]?.reason).toMatchObject({ key: 'queue:gpu' });
    expect(explain(running, 'charge', FLEET, [queue, use]).nodes[0]?.reason).toMatchObject({ key: KEY });
  });

  it('on the worker of a queue, unless that holds some itself', () => {
    const run = { ...running, calls: claimed };
    const queue: SlotUse = { ...use, key: 'queue:gpu' };
    const codeOf = (uses: SlotUse): string | undefined => explain(run, 'render', [...FLEET, gpu], [uses]).nodes[0]?.reason.code; // prettier-ignore
    expect(codeOf(queue)).toBe('concurrency-full');
    expect(codeOf({ ...queue, held: [{ worker: 'g', slots: 3 }] })).toBe('running');
  });

  it('but not where its own queue has other workers, who are offered it first', () => {
    const queue: SlotUse = { ...use, key: 'queue:gpu' };
    expect(explain(running, 'render', [...FLEET, gpu], [queue]).nodes[0]?.reason.code).toBe('starting');
    const serves = aWorker('a', { queues: ['gpu'] });
    expect(explain(running, 'render', [serves], [queue]).nodes[0]?.reason.code).toBe('concurrency-full');
  });

  it('as a mapped task none of whose elements has one', () => {
    const nodes = [loaded, aNode('frame', { status: 'RUNNING', attempt: 0, elements: 9 })];
    const frames: SlotUse = { ...use, key: 'task:orders:frame' };
    const codeOf = (uses: SlotUse): string | undefined => explain({ ...running, nodes }, 'frame', FLEET, [uses]).nodes[0]?.reason.code; // prettier-ignore
    expect(codeOf(frames)).toBe('concurrency-full');
    expect(codeOf({ ...frames, held: [{ worker: 'a', slots: 3 }] })).toBe('running');
  });

  it('but not of a run that nobody executes', () => {
    const run = { ...parked, wakeAt: at(-1) };
    expect(explain(run, 'charge', FLEET, [use]).nodes[0]?.reason.code).toBe('waiting-for-claim');
  });
});
