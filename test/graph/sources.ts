import { buildGraph } from '../../src/graph/build-graph';
import type { FlowGraph, WorkflowGraph } from '../../src/graph/workflow-graph';
import type { NodeSource } from '../../src/graph/workflow-source';

type Options = Readonly<Record<string, unknown>>;

export function task(name: string, dependsOn: readonly unknown[] = [], options: Options = {}): NodeSource {
  return { name, kind: 'task', options: { dependsOn, ...options } };
}

export function flow(name: string, dependsOn: readonly unknown[] = [], options: Options = {}): NodeSource {
  return { name, kind: 'flow', options: { dependsOn, ...options } };
}

export function compensation(name: string, compensates: unknown, options: Options = {}): NodeSource {
  return { name, kind: 'compensation', compensates, options };
}

/** The issues of a workflow of these nodes, as `CODE where`. */
export function issuesOf(nodes: readonly NodeSource[], options: unknown = {}, name = 'w'): string[] {
  return build(nodes, options, name).issues.map(({ code, where }) => `${code} ${where}`);
}

/** The messages of a workflow of these nodes. */
export function messagesOf(nodes: readonly NodeSource[], options: unknown = {}): string[] {
  return build(nodes, options).issues.map(({ message }) => message);
}

/** @throws when there are issues */
export function graphOf(nodes: readonly NodeSource[], options: unknown = {}): WorkflowGraph {
  const { graph, issues } = build(nodes, options);
  if (graph === undefined) throw new Error(JSON.stringify(issues));
  return graph;
}

export function flowOf(nodes: readonly NodeSource[], name = 'main'): FlowGraph {
  return graphOf(nodes).flows.get(name) as FlowGraph;
}

function build(nodes: readonly NodeSource[], options: unknown, name = 'w') {
  return buildGraph({ name, label: 'W', options, nodes });
}
