import type { DefinitionIssue } from '../core/errors/definition-error';
import { checkCompensations } from './check-compensations';
import { checkEdges } from './check-edges';
import { fingerprintOf, shapeOf } from './fingerprint';
import { resolveFlow } from './flow-graph';
import { IssueList, printable } from './issue';
import { NODE_NAME_GRAMMAR, WORKFLOW_NAME_GRAMMAR, isNodeName, isWorkflowName } from './names';
import type { WorkflowDefaults } from './option-fields';
import { parseWorkflowOptions } from './option-fields';
import { kindOf } from './option-reader';
import { toMermaid } from './render';
import { parseNode } from './parse-node';
import { describeCycle, sortTopologically } from './topological-order';
import type { FlowGraph, GraphNode, WorkflowGraph } from './workflow-graph';
import type { NodeSource, WorkflowSource } from './workflow-source';

/** A graph, or everything that stands in its way. */
export type BuildResult =
  | { readonly graph: WorkflowGraph; readonly issues: readonly [] }
  | { readonly graph?: undefined; readonly issues: readonly DefinitionIssue[] };

/**
 * Builds the graph of a workflow from what was written, or says everything that is wrong with it. Pure; linear in nodes and
 * edges, times the number of flows that share them.
 */
export function buildGraph(source: WorkflowSource): BuildResult {
  const issues = new IssueList(source.label);
  if (!isWorkflowName(source.name)) {
    issues.add(
      'INVALID_NAME',
      undefined,
      `a workflow's name is made of ${WORKFLOW_NAME_GRAMMAR}; got ${kindOf(source.name)}`,
    );
  }
  const defaults = parseWorkflowOptions(source.options, issues);
  const nodes = collectNodes(source.nodes, defaults, issues);
  checkEdges(nodes, issues);
  checkCompensations(nodes, issues);
  const order = sort(nodes, issues);
  if (!source.nodes.some(({ kind }) => kind === 'flow')) {
    issues.add(
      'NO_FLOW',
      undefined,
      'the workflow has no flow, so nothing can start it; declare one with @Flow() or .flow()',
    );
  }
  if (issues.issues.length > 0) return { issues: issues.issues };

  return { graph: new BuiltGraph({ name: source.name, version: defaults.version, nodes }, order), issues: [] };
}

class BuiltGraph implements WorkflowGraph {
  readonly name: string;
  readonly version: string | undefined;
  readonly nodes: ReadonlyMap<string, GraphNode>;
  readonly flows: ReadonlyMap<string, FlowGraph>;
  readonly fingerprint: string;

  constructor(workflow: Pick<WorkflowGraph, 'name' | 'version' | 'nodes'>, order: readonly GraphNode[]) {
    const nodes = [...workflow.nodes.values()];
    const flows = nodes.filter(({ kind }) => kind === 'flow');
    this.name = workflow.name;
    this.version = workflow.version;
    this.nodes = workflow.nodes;
    this.flows = new Map(flows.map((flow) => [flow.name, resolveFlow(workflow, order, flow)]));
    this.fingerprint = fingerprintOf(nodes.map((node) => ({ name: node.name, shape: shapeOf(node) })));
  }

  toMermaid(flow?: string): string {
    return toMermaid(this, flow);
  }
}

function collectNodes(
  sources: readonly NodeSource[],
  defaults: WorkflowDefaults,
  issues: IssueList,
): Map<string, GraphNode> {
  const nodes = new Map<string, GraphNode>();
  for (const source of sources) {
    const { name, kind } = source;
    if (!isNodeName(name)) {
      issues.add(
        'INVALID_NAME',
        String(name),
        `the name of a ${kind} is made of ${NODE_NAME_GRAMMAR}; got ${kindOf(name)}`,
      );
    }
    const earlier = nodes.get(name);
    const node = parseNode(source, defaults, issues);
    if (earlier === undefined) nodes.set(name, node);
    else
      issues.add(
        'DUPLICATE_NAME',
        name,
        `"${printable(name)}" is declared twice, as a ${earlier.kind} and as a ${kind}; a name stands for one node`,
      );
  }
  return nodes;
}

/** Topological order by name; empty when there is none. */
function sort(nodes: ReadonlyMap<string, GraphNode>, issues: IssueList): readonly GraphNode[] {
  const { order, cycles } = sortTopologically(nodes.values(), function* upstreamOf(node) {
    for (const { from } of node.edges) {
      const upstream = nodes.get(from);
      // Loops of one node are reported as such.
      if (upstream !== undefined && upstream !== node) yield upstream;
    }
  });
  for (const cycle of cycles) {
    const names = cycle.map(({ name }) => name);
    issues.add(
      'CYCLE',
      names[0],
      `these depend on each other in a circle, so none could ever start: ${describeCycle(names)}; remove one of the dependencies`,
    );
  }
  return order;
}
