import { buildGraph } from '../../src/graph/build-graph';
import type { FlowGraph } from '../../src/graph/workflow-graph';
import { WHOLE } from '../../src/planner/events';
import { RunRecorder } from '../../src/runner/run-recorder';
import type { ClaimedRun } from '../../src/store/worker-lease';

const names = ['a', 'b', 'c'];
const flow = buildGraph({
  name: 'w',
  label: 'w',
  options: {},
  nodes: [
    ...names.map((name) => ({ name, kind: 'task' as const, options: {} })),
    { name: 'main', kind: 'flow' as const, options: { dependsOn: names } },
  ],
}).graph?.flows.get('main') as FlowGraph;

describe('the changes of a run', () => {
  it('are taken in order, up to a bound that one change alone may exceed', () => {
    const recorder = new RunRecorder(
      { id: 'r', generation: 1, input: 'null', nodes: [] } as unknown as ClaimedRun,
      flow,
      () => undefined,
    );
    for (const node of flow.nodes.slice(0, 3)) {
      recorder.history(node, WHOLE).started(1, 0);
      const value = JSON.stringify('x'.repeat(100));
      recorder.attemptEnded({ node, index: WHOLE }, { kind: 'completed', value, overran: false }, 0, 1);
      recorder.change({ type: 'record', node, index: WHOLE, change: { status: 'COMPLETED' } }, 1);
    }
    const taken = (bound: { nodes: number; bytes: number }): string[] =>
      recorder.takeChanges(bound).map(({ node }) => node);
    expect(taken({ nodes: 10, bytes: 50 })).toEqual(['a']);
    expect(recorder.hasChanges).toBe(true);
    expect(taken({ nodes: 1, bytes: 1_000 })).toEqual(['b']);
    expect(taken({ nodes: 10, bytes: 1_000 })).toEqual(['c']);
    expect(recorder.hasChanges).toBe(false);
  });
});
