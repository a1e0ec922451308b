import { TaskSlots } from '../../src/runner/task-slots';
import { CarefulCalls } from '../../src/runner/careful-calls';
import { Suspicion } from '../../src/runner/suspicion';
import type { StartCommand } from '../../src/runner/node-call';
import { buildGraph } from '../../src/graph/build-graph';
import type { FlowGraph } from '../../src/graph/workflow-graph';
import { WHOLE } from '../../src/planner/events';
import type { ClaimedRun } from '../../src/store/worker-lease';

const flow = buildGraph({
  name: 'w',
  label: 'w',
  options: {},
  nodes: [
    { name: 'a', kind: 'task', options: {} },
    { name: 'b', kind: 'task', options: {} },
    { name: 'main', kind: 'flow', options: { dependsOn: ['a', 'b'] } },
  ],
}).graph?.flows.get('main') as FlowGraph;
const [a, b] = flow.nodes as [FlowGraph['flow'], FlowGraph['flow']];
const ref = (node: FlowGraph['flow']) => ({ node, index: WHOLE });

/** A run claimed with epoch 7, so that its last owner had epoch 5. */
function claimed(crashes: number, running: Readonly<Record<string, number>> = {}): ClaimedRun {
  const nodes = Object.entries(running).map(([node, epoch]) => ({
    node,
    index: WHOLE,
    status: 'RUNNING',
    attempt: 1,
    epoch,
  }));
  return { id: 'r', epoch: 7, crashes, nodes } as unknown as ClaimedRun;
}

describe('the caution of a call', () => {
  it.each([
    ['nothing has crashed', claimed(0, { a: 5 }), 'plain'],
    ['once', claimed(1, { a: 5 }), 'announced'],
    ['at its last chance', claimed(2, { a: 5 }), 'careful'],
    ['it was running when the last worker died', claimed(3, { a: 5 }), 'blamed'],
    ['it was running in an earlier crash, but not in the last', claimed(3, { a: 3 }), 'careful'],
    ['another was running', claimed(3, { b: 5 }), 'careful'],
  ])('%s', (_name, run, caution) => {
    expect(new Suspicion(run, flow, 3).cautionFor(ref(a))).toBe(caution);
  });

  it('is gone once a result is recorded', () => {
    const suspicion = new Suspicion(claimed(3, { a: 5 }), flow, 3);
    suspicion.progressed();
    expect([suspicion.cautionFor(ref(a)), suspicion.cautionFor(ref(b))]).toEqual(['plain', 'plain']);
  });
});

describe('careful calls', () => {
  const command = (node: FlowGraph['flow']): StartCommand => ({ type: 'start', node, index: WHOLE, attempt: 1 });

  it('have one turn at a time over all runs of a worker, until each has ended', () => {
    const turns = new TaskSlots(1);
    const begun: string[] = [];
    const one = new CarefulCalls(turns, ({ node }) => begun.push(`one ${node.name}`));
    const two = new CarefulCalls(turns, ({ node }) => begun.push(`two ${node.name}`));
    one.start(command(a));
    two.start(command(a));
    one.start(command(b));
    expect(begun).toEqual(['one a']);
    one.ended(ref(a));
    expect(begun).toEqual(['one a', 'two a']);
    two.close();
    expect(begun).toEqual(['one a', 'two a', 'one b']);
    expect(one.isIdle).toBe(false);
    one.ended(ref(b));
    expect([one.isIdle, two.isIdle, turns.taken]).toEqual([true, true, 0]);
  });

  it('never begin once withdrawn', () => {
    const turns = new TaskSlots(1);
    const begun: string[] = [];
    const calls = new CarefulCalls(turns, ({ node }) => begun.push(node.name));
    calls.start(command(a));
    calls.start(command(b));
    expect([calls.withdraw(ref(a)), calls.withdraw(ref(b))]).toEqual([false, true]);
    calls.ended(ref(a));
    expect(begun).toEqual(['a']);
    expect(turns.taken).toBe(0);
  });
});
