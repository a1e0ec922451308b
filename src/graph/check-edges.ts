import { closestName } from './closest-name';
import type { Edge } from './edge';
import { describeEdge } from './edge';
import { isHandler } from './handler';
import type { IssueList } from './issue';
import { printable } from './issue';
import type { GraphNode } from './workflow-graph';

/** Checks every edge against the node at its other end, and returns the nodes' edges that lead somewhere. */
export function checkEdges(nodes: ReadonlyMap<string, GraphNode>, issues: IssueList): void {
  for (const node of nodes.values()) {
    checkMapping(node, issues);
    for (const edge of node.edges) {
      const upstream = nodes.get(edge.from);
      if (edge.from === node.name) {
        issues.add('SELF_DEPENDENCY', node.name, `dependsOn names the node itself (${describeEdge(edge)}); remove it`);
      } else if (upstream === undefined) {
        issues.add('UNKNOWN_DEPENDENCY', node.name, unknown(edge, nodes));
      } else {
        checkKinds(node, edge, upstream, issues);
        checkRule(node, edge, upstream, issues);
      }
    }
  }
}

function unknown(edge: Edge, nodes: ReadonlyMap<string, GraphNode>): string {
  const meant = closestName(edge.from, nodes.keys());
  const hint = meant === undefined ? 'declare it, or correct the name' : `did you mean "${meant}"?`;
  return `dependsOn names "${printable(edge.from)}", which is no task of this workflow; ${hint}`;
}

function checkMapping(node: GraphNode, issues: IssueList): void {
  const each = node.edges.filter(({ rule }) => rule === 'each');
  if (each.length > 1) {
    const written = each.map(describeEdge).join(' and ');
    issues.add(
      'SEVERAL_EACH',
      node.name,
      `one node can be mapped over one array only, got ${written}; join the arrays in a task of their own and map over that`,
    );
  }
  if (node.kind === 'flow' && each[0] !== undefined) {
    issues.add(
      'MAPPED_FLOW',
      node.name,
      `a flow has one result and cannot be mapped (${describeEdge(each[0])}); map a task over "${each[0].from}" and let the flow depend on it with all()`,
    );
  }
}

function checkKinds(node: GraphNode, edge: Edge, upstream: GraphNode, issues: IssueList): void {
  if (upstream.kind === 'compensation') {
    issues.add(
      'DEPENDS_ON_COMPENSATION',
      node.name,
      `dependsOn names "${edge.from}", which is a compensation: it runs when the run is over, and nothing can wait for it`,
    );
  }
  if (upstream.kind === 'flow' && !isHandler(node)) {
    const cure =
      node.kind === 'flow'
        ? 'let both flows depend on the same tasks'
        : `use failed('${edge.from}') to handle its failure, or always: true to run after it`;
    issues.add(
      'DEPENDS_ON_FLOW',
      node.name,
      `dependsOn names "${edge.from}", which is a flow: only handlers may depend on a flow; ${cure}`,
    );
  }
}

function checkRule(node: GraphNode, edge: Edge, upstream: GraphNode, issues: IssueList): void {
  const { rule, from } = edge;
  const needsMapped = rule === 'all' || rule === 'allSettled';
  if (needsMapped && !upstream.mapped) {
    const instead = rule === 'all' ? `'${from}'` : `settled('${from}')`;
    issues.add(
      'UNMAPPED_UPSTREAM',
      node.name,
      `${describeEdge(edge)} needs a mapped task, and "${from}" is not mapped (it has no each edge); use ${instead}`,
    );
  }
  if (upstream.mapped && !needsMapped && rule !== 'failed') {
    issues.add(
      'MAPPED_UPSTREAM',
      node.name,
      `${describeEdge(edge)} cannot take the values of "${from}", which is mapped and has one per element; use ${insteadOf(edge)}`,
    );
  }
}

function insteadOf({ rule, from }: Edge): string {
  if (rule === 'each') return `all('${from}') in a task that returns the array, and each() of that task`;
  return rule === 'completed' ? `all('${from}')` : `allSettled('${from}')`;
}
