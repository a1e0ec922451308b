import type { FlowGraph } from '../../src/graph/workflow-graph';
import { flowOf } from './flow-fixture';
import type { NodeSpec } from './flow-fixture';
import { expectedEnd } from './oracle';
import { ScriptedRun, check } from './scripted-run';
import type { CallScript, Plan } from './scripted-run';

const RULES = ['none', 'completed', 'optional', 'settled', 'failed'] as const;
const ENDS = ['completed', 'failed', 'skipped'] as const;

/** Every graph of three nodes with every rule on every edge, every node as the flow, every set of `always` tasks. */
function* graphs(onFailure: 'stop' | 'finish'): Generator<FlowGraph> {
  for (let flowAt = 0; flowAt < 3; flowAt++) {
    const names = ['a', 'b', 'c'].map((name, i) => (i === flowAt ? 'main' : name)) as [string, string, string];
    const edge = (rule: number, from: string): string[] => (rule === 0 ? [] : [`${RULES[rule]}(${from})`]);
    for (let bits = 0; bits < 8; bits++) {
      if ((bits & (1 << flowAt)) !== 0) continue;
      for (let rules = 0; rules < 125; rules++) {
        const specs: NodeSpec[] = [
          { name: names[0], always: (bits & 1) !== 0 },
          { name: names[1], edges: edge(rules % 5, names[0]), always: (bits & 2) !== 0 },
          {
            name: names[2],
            edges: [...edge(Math.floor(rules / 5) % 5, names[0]), ...edge(Math.floor(rules / 25), names[1])],
            always: (bits & 4) !== 0,
          },
        ];
        yield flowOf(specs, { onFailure });
      }
    }
  }
}

/** Every combination of ends. */
function* plans(flow: FlowGraph): Generator<Plan> {
  const scripts = ENDS.map((end): CallScript => ({ failures: 0, end, elements: 0 }));
  for (let code = 0; code < 27; code++) {
    const ends = [code % 3, Math.floor(code / 3) % 3, Math.floor(code / 9)];
    yield { flow, script: (node) => scripts[ends[node.position] as number] as CallScript };
  }
}

/** Every order of completions, each played from the beginning: the planner's state cannot be copied. Returns their number. */
function playAllOrders(plan: Plan, atEnd: (run: ScriptedRun) => void): number {
  const path: number[] = [];
  for (let count = 1; ; count++) {
    const run = new ScriptedRun(plan).begin();
    const widths: number[] = [];
    for (let depth = 0; !run.isOver; depth++) {
      widths[depth] = run.choices;
      run.step(path[depth] ?? (path[depth] = 0));
    }
    atEnd(run);
    path.length = widths.length;
    while (path.length > 0 && (path.at(-1) as number) + 1 >= (widths[path.length - 1] as number)) path.pop();
    if (path.length === 0) return count;
    path.push((path.pop() as number) + 1);
  }
}

test.each(['finish', 'stop'] as const)('three nodes, every graph, end and order, onFailure %s', (onFailure) => {
  let played = 0;
  for (const flow of graphs(onFailure)) {
    for (const plan of plans(flow)) {
      const expected = expectedEnd(plan);
      played += playAllOrders(plan, (run) => {
        check(run.outcome?.status === expected.runStatus, `the run should be ${expected.runStatus}`);
        if (onFailure === 'stop') return;
        for (const [name, status] of expected.statuses) {
          check(run.statuses().get(name) === status, `${name} should be ${status}`);
        }
      });
    }
  }
  expect(played).toBeGreaterThan(40_000);
});
