import * as fc from 'fast-check';
import type { FlowNode } from '../../src/graph/workflow-graph';
import { flowOf } from './flow-fixture';
import type { NodeSpec } from './flow-fixture';
import type { CallScript, Plan } from './scripted-run';

const PLAIN_RULES = ['completed', 'completed', 'optional', 'settled', 'failed', 'each'] as const;
const MAPPED_RULES = ['all', 'allSettled', 'failed'] as const;

const edgeDraw = fc.record({ from: fc.nat(20), rule: fc.nat(11) });
const nodeDraw = fc.record({
  edges: fc.array(edgeDraw, { maxLength: 3 }),
  always: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
  retries: fc.nat(2),
  hasUndo: fc.boolean(),
});
const script = fc.record<CallScript>({
  failures: fc.constantFrom(0, 0, 1, 2, 3),
  end: fc.constantFrom('completed', 'completed', 'completed', 'failed', 'skipped'),
  elements: fc.nat(3),
  waits: fc.constantFrom(false, false, true),
});

/** Any graph of up to nine nodes that a workflow could have, with any behaviour of its calls. */
export const randomPlan: fc.Arbitrary<Plan> = fc
  .record({
    nodes: fc.array(nodeDraw, { minLength: 1, maxLength: 9 }),
    flowAt: fc.nat(8),
    onFailure: fc.constantFrom('stop', 'finish'),
    scripts: fc.array(script, { minLength: 12, maxLength: 12 }),
  })
  .map(({ nodes, flowAt, onFailure, scripts }) => {
    const specs = reachable(toSpecs(nodes, flowAt % nodes.length));
    const scriptOf = (node: FlowNode, index: number): CallScript => {
      const drawn = scripts[(node.position * 5 + index + 1) % scripts.length] as CallScript;
      // That some fail is another subject: all others would have to know.
      return node.undoes === undefined ? drawn : { ...drawn, failures: Math.min(drawn.failures, 1), end: 'completed' };
    };
    return {
      flow: flowOf(specs, { onFailure }),
      script: scriptOf,
      toString: () => JSON.stringify({ specs, onFailure, scripts }),
    };
  });

interface NodeDraw {
  readonly edges: readonly { readonly from: number; readonly rule: number }[];
  readonly always: boolean;
  readonly retries: number;
  readonly hasUndo: boolean;
}

function toSpecs(draws: readonly NodeDraw[], flowAt: number): NodeSpec[] {
  const mapped = new Set<number>();
  const nameAt = (position: number): string => (position === flowAt ? 'main' : `n${position}`);
  return draws.map(({ edges, always, retries, hasUndo }, position) => {
    const taken = new Map<number, string>();
    for (const { from, rule } of position === 0 ? [] : edges) {
      const upstream = from % position;
      const text = mapped.has(upstream) ? MAPPED_RULES[rule % 3] : PLAIN_RULES[rule % 6];
      const isSecondMap = text === 'each' && (mapped.has(position) || position === flowAt);
      if (taken.has(upstream) || isSecondMap) continue;
      if (text === 'each') mapped.add(position);
      // Half of the maps begin one or two at a time.
      const most = text === 'each' && rule < 6 ? `:${1 + (rule % 2)}` : '';
      taken.set(upstream, `${text}(${nameAt(upstream)})${most}`);
    }
    const undo = hasUndo && position !== flowAt ? { retries: 1 } : undefined;
    return { name: nameAt(position), edges: [...taken.values()], always: always && position !== flowAt, retries, undo };
  });
}

/** What a flow runs: its node, all upstream of it, and handlers whose dependencies lie in that set. */
function reachable(specs: readonly NodeSpec[]): NodeSpec[] {
  const from = (edge: string): string => edge.slice(edge.indexOf('(') + 1, edge.indexOf(')'));
  const kept = new Set(['main']);
  for (const spec of [...specs].reverse()) {
    if (kept.has(spec.name)) spec.edges?.forEach((edge) => kept.add(from(edge)));
  }
  for (const spec of specs) {
    const isHandler = spec.always === true || spec.edges?.some((edge) => edge.startsWith('failed('));
    if (isHandler && spec.edges?.every((edge) => kept.has(from(edge)))) kept.add(spec.name);
  }
  return specs.filter(({ name }) => kept.has(name));
}
