import type { FlowGraph, FlowNode } from '../../src/graph/workflow-graph';
import { WHOLE } from '../../src/planner/events';
import type { PlannerEvent } from '../../src/planner/events';
import { createState, transition } from '../../src/planner/transition';
import { flowOf } from './flow-fixture';
import type { NodeSpec } from './flow-fixture';

interface Work {
  commands: number;
  /** Reads of an entry of any node's `edges` or `dependents`, or of the graph's `order` or `nodes`. */
  visits: number;
}

/** Counts every look at the graph, so that a rescan shows however fast it is. */
function counted(flow: FlowGraph, work: Work): FlowGraph {
  const spy = <T>(entries: readonly T[]): readonly T[] =>
    new Proxy(entries, {
      get: (target, key, receiver): unknown => {
        if (typeof key === 'string' && /^\d/.test(key)) work.visits += 1;
        return Reflect.get(target, key, receiver);
      },
    });
  for (const node of flow.nodes) Object.assign(node, { edges: spy(node.edges), dependents: spy(node.dependents) });
  return { ...flow, order: spy(flow.order), nodes: spy(flow.nodes) };
}

/** Plays a run first come, first served; `end` says how an attempt ends. */
function play(
  specs: readonly NodeSpec[],
  end: (node: FlowNode, index: number) => PlannerEvent['type'],
  elements = 0,
): Work {
  const work: Work = { commands: 0, visits: 0 };
  const state = createState(counted(flowOf(specs), work));
  const events: PlannerEvent[] = [{ type: 'begin', records: [] }];
  for (let i = 0; i < events.length; i++) {
    for (const command of transition(state, events[i] as PlannerEvent, i)) {
      work.commands += 1;
      if (command.type === 'backoff') events.push({ type: 'due', node: command.node, index: command.index });
      if (command.type !== 'start') continue;
      const ref = { node: command.node, index: command.index };
      const type = command.attempt > 1 ? 'completed' : end(command.node, command.index);
      if (type === 'failed') events.push({ type, isRetryable: true, delayMs: 5, ...ref });
      else events.push({ type: 'completed', elements, ...ref });
    }
  }
  expect(state.isFinished).toBe(true);
  return work;
}

const completes = (): PlannerEvent['type'] => 'completed';
const fails = (): PlannerEvent['type'] => 'failed';

function chain(length: number, options: Partial<NodeSpec> = {}): NodeSpec[] {
  const task = (i: number): NodeSpec => ({ name: `t${i}`, edges: i === 0 ? [] : [`t${i - 1}`], ...options });
  return [...Array.from({ length }, (_, i) => task(i)), { name: 'main', edges: [`t${length - 1}`] }];
}

function fan(width: number): NodeSpec[] {
  const names = Array.from({ length: width }, (_, i) => `t${i}`);
  return [{ name: 'root' }, ...names.map((name) => ({ name, edges: ['root'] })), { name: 'main', edges: names }];
}

function diamonds(count: number): NodeSpec[] {
  const specs: NodeSpec[] = [{ name: 'j0' }];
  for (let i = 0; i < count; i++) {
    specs.push({ name: `l${i}`, edges: [`j${i}`] }, { name: `r${i}`, edges: [`j${i}`] });
    specs.push({ name: `j${i + 1}`, edges: [`l${i}`, `r${i}`] });
  }
  return [...specs, { name: 'main', edges: [`j${count}`] }];
}

/** Nodes and edges of a graph: what the work has to be linear in. */
function sizeOf(specs: readonly NodeSpec[]): number {
  return specs.reduce((size, { edges = [] }) => size + 1 + edges.length, 0);
}

/** Each edge is looked at a few times at most: when built, when met, when wound down, when blamed. */
const VISITS_PER_SIZE = 6;

describe('the work is linear in nodes and edges', () => {
  const failsAtTop = (node: FlowNode): PlannerEvent['type'] => (node.position === 0 ? 'failed' : 'completed');
  const failsLast = (node: FlowNode): PlannerEvent['type'] => (node.kind === 'flow' ? 'failed' : 'completed');

  test.each([
    ['a chain of 10,000', chain(10_000), completes],
    ['a chain of 10,000 whose first task fails', chain(10_000), failsAtTop],
    ['a chain of 10,000 whose flow fails', chain(10_000), failsLast],
    ['a chain of 10,000, each failing once', chain(10_000, { retries: 1 }), fails],
    ['a fan of 10,000', fan(10_000), completes],
    ['a fan of 10,000 whose root fails', fan(10_000), failsAtTop],
    [
      'a fan of 10,000, each of which fails',
      fan(10_000),
      (node: FlowNode) => (node.name === 'root' ? 'completed' : 'failed'),
    ],
    ['20 diamonds in a row', diamonds(20), completes],
    ['20 diamonds in a row whose first task fails', diamonds(20), failsAtTop],
  ] as const)('%s', (_, specs, end) => {
    const { commands, visits } = play(specs, end);
    expect(visits).toBeLessThanOrEqual(VISITS_PER_SIZE * sizeOf(specs));
    expect(commands).toBeLessThanOrEqual(5 * specs.length + 1);
  });

  test('a map over 100,000 elements makes a start and a record for each, and looks at the graph no more than a small one', () => {
    const map = [{ name: 'u' }, { name: 'm', edges: ['each(u)'] }, { name: 'main', edges: ['all(m)'] }];
    const { commands, visits } = play(map, completes, 100_000);
    expect(commands).toBe(2 + 2 + 200_000 + 2 + 1);
    expect(visits).toBe(play(map, completes, 1).visits);
  });

  test('so does one whose elements all back off once', () => {
    const map = [{ name: 'u' }, { name: 'm', edges: ['each(u)'], retries: 1 }, { name: 'main', edges: ['all(m)'] }];
    const end = (_: FlowNode, index: number): PlannerEvent['type'] => (index === WHOLE ? 'completed' : 'failed');
    expect(play(map, end, 100_000).commands).toBe(2 + 2 + 500_000 + 2 + 1);
  });
});
