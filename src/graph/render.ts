import type { EdgeRule } from './edge';
import type { GraphNode, WorkflowGraph } from './workflow-graph';

const SHAPES = { task: ['["', '"]'], flow: ['(["', '"])'], compensation: ['{{"', '"}}'] } as const;
const MAPPED_SHAPE = ['[["', '"]]'] as const;

/** What a drawing needs of a graph. */
type DrawableGraph = Pick<WorkflowGraph, 'name' | 'nodes' | 'flows'>;

/**
 * The graph as a Mermaid flowchart, edges leading from upstream to downstream. Flows are rounded, mapped tasks have double
 * borders, compensations are hexagons on dotted lines; every edge but the plain one is labelled with its rule.
 *
 * @param flow only what a run of this flow executes, and its compensations; by default the whole workflow
 * @throws RangeError when the workflow has no such flow
 */
export function toMermaid(graph: DrawableGraph, flow?: string): string {
  const nodes = chooseNodes(graph, flow);
  // Names are no identifiers in Mermaid's grammar (`end` is a keyword), so nodes are numbered.
  const ids = new Map(nodes.map(({ name }, i) => [name, `n${i}`]));
  const lines = ['flowchart TD'];
  for (const node of nodes) {
    const [open, close] = node.mapped ? MAPPED_SHAPE : SHAPES[node.kind];
    lines.push(`  ${ids.get(node.name)}${open}${escapeLabel(node.name)}${close}`);
  }
  for (const node of nodes) {
    for (const { rule, from } of node.edges) lines.push(`  ${ids.get(from)} ${arrow(rule)} ${ids.get(node.name)}`);
    if (node.compensates !== undefined)
      lines.push(`  ${ids.get(node.compensates)} -. compensated by .-> ${ids.get(node.name)}`);
  }
  return `${lines.join('\n')}\n`;
}

function chooseNodes(graph: DrawableGraph, flow: string | undefined): GraphNode[] {
  const all = [...graph.nodes.values()];
  if (flow === undefined) return all;
  const members = graph.flows.get(flow)?.byName;
  if (members === undefined) {
    throw new RangeError(
      `workflow "${graph.name}" has no flow ${JSON.stringify(flow)}; its flows are ${[...graph.flows.keys()].join(', ')}`,
    );
  }
  return all.filter(
    ({ name, compensates }) => members.has(name) || (compensates !== undefined && members.has(compensates)),
  );
}

function arrow(rule: EdgeRule): string {
  if (rule === 'completed') return '-->';
  return rule === 'failed' ? '-. failed .->' : `-- ${rule} -->`;
}

/** Everything but letters, digits, _ and - as a character reference of Mermaid's, so that no name can end its label. */
function escapeLabel(text: string): string {
  return text.replace(/[^\w-]/gu, (char) => `#${char.codePointAt(0)};`);
}
