import { fingerprintOf, shapeOf } from './fingerprint';
import { isHandler } from './handler';
import type { Dependent, FlowEdge, FlowGraph, FlowNode, GraphNode, WorkflowGraph } from './workflow-graph';

type Workflow = Pick<WorkflowGraph, 'name' | 'version' | 'nodes'>;

/**
 * The part of a valid graph that a run of `flow` executes.
 *
 * @param order all nodes of the workflow, upstream first
 */
export function resolveFlow(workflow: Workflow, order: readonly GraphNode[], flow: GraphNode): FlowGraph {
  const members = collectUpstream(workflow.nodes, flow);
  addHandlers(workflow.nodes, members);
  const { nodes, byName } = link(
    [...workflow.nodes.values()].filter((node) => members.has(node)),
    order,
  );
  return {
    workflow: workflow.name,
    version: workflow.version,
    flow: byName.get(flow.name) as FlowNode,
    nodes,
    byName,
    compensations: linkCompensations(workflow.nodes, byName),
    order: order.filter((node) => members.has(node)).map(({ name }) => (byName.get(name) as FlowNode).position),
    onFailure: flow.onFailure ?? 'stop',
    schedule: flow.schedule,
    inputSchema: flow.inputSchema,
    inputJsonSchema: flow.inputJsonSchema,
    fingerprint: fingerprintOf(nodes),
  };
}

function collectUpstream(nodes: ReadonlyMap<string, GraphNode>, flow: GraphNode): Set<GraphNode> {
  const members = new Set([flow]);
  // A Set is walked in the order of insertion, what is added meanwhile included.
  for (const { edges } of members) for (const { from } of edges) members.add(nodes.get(from) as GraphNode);
  return members;
}

/** Adds handlers whose dependencies are all members, until no other is. Each edge of a handler is crossed off once. */
function addHandlers(nodes: ReadonlyMap<string, GraphNode>, members: Set<GraphNode>): void {
  const missing = new Map<GraphNode, number>();
  const waiting = new Map<GraphNode, GraphNode[]>();
  for (const handler of nodes.values()) {
    if (!isHandler(handler) || members.has(handler)) continue;
    const outside = handler.edges.map(({ from }) => nodes.get(from) as GraphNode).filter((node) => !members.has(node));
    missing.set(handler, outside.length);
    for (const node of outside) {
      const handlers = waiting.get(node);
      if (handlers === undefined) waiting.set(node, [handler]);
      else handlers.push(handler);
    }
  }
  const added = new Set([...missing].filter(([, count]) => count === 0).map(([handler]) => handler));
  for (const node of added) {
    members.add(node);
    for (const handler of waiting.get(node) ?? []) {
      const left = (missing.get(handler) as number) - 1;
      missing.set(handler, left);
      if (left === 0) added.add(handler);
    }
  }
}

/** Makes the compensations of the tasks that are members. */
function linkCompensations(
  nodes: ReadonlyMap<string, GraphNode>,
  byName: ReadonlyMap<string, FlowNode>,
): ReadonlyMap<string, FlowNode> {
  const made = new Map<string, FlowNode>();
  for (const source of nodes.values()) {
    const undoes = source.compensates === undefined ? undefined : byName.get(source.compensates);
    if (undoes === undefined) continue;
    const compensation: FlowNode = {
      position: byName.size + made.size,
      name: source.name,
      kind: source.kind,
      edges: [],
      dependents: [],
      mapped: undoes.mapped,
      eachEdge: -1,
      handler: false,
      always: false,
      undoes,
      options: source.options,
      shape: shapeOf(source),
    };
    made.set(source.name, compensation);
    (undoes as { compensation?: FlowNode }).compensation = compensation;
  }
  return made;
}

/** Makes the nodes, upstream first, so that each edge can point at a node that is there already. */
function link(
  members: readonly GraphNode[],
  order: readonly GraphNode[],
): { nodes: FlowNode[]; byName: Map<string, FlowNode> } {
  const positions = new Map(members.map((node, position) => [node, position]));
  const made = new Map<string, FlowNode>();
  for (const source of order) {
    const position = positions.get(source);
    if (position === undefined) continue;
    const edges = source.edges.map((edge): FlowEdge => ({ ...edge, upstream: made.get(edge.from) as FlowNode }));
    const node: FlowNode = {
      position,
      name: source.name,
      kind: source.kind,
      edges,
      dependents: [],
      mapped: source.mapped,
      eachEdge: edges.findIndex(({ rule }) => rule === 'each'),
      handler: isHandler(source),
      always: source.always,
      options: source.options,
      shape: shapeOf(source),
    };
    made.set(source.name, node);
  }
  const nodes = members.map(({ name }) => made.get(name) as FlowNode);
  for (const node of nodes) {
    node.edges.forEach(({ upstream }, edge) => (upstream.dependents as Dependent[]).push({ node, edge }));
  }
  return { nodes, byName: new Map(nodes.map((node) => [node.name, node])) };
}
