import type { EdgeRule } from '../../src/graph/edge';
import type { NodeOptions } from '../../src/graph/node-options';
import type { Dependent, FlowEdge, FlowGraph, FlowNode } from '../../src/graph/workflow-graph';

/** A node to put into a fixture. Edges are written `'u'`, `'optional(u)'`, `'failed(u)'` and so on; `'each(u):2'` begins two at a time. */
export interface NodeSpec {
  readonly name: string;
  readonly edges?: readonly string[];
  readonly always?: boolean;
  readonly retries?: number;
  readonly totalTimeoutMs?: number;
  /** Of a task that has a compensation, `undo-<name>`: how many retries that has. */
  readonly undo?: { readonly retries?: number } | undefined;
}

export interface FlowSpec {
  readonly onFailure?: 'stop' | 'finish';
  /** The name of the flow's node; `main` by default. */
  readonly flow?: string;
}

/** Makes a `FlowGraph` directly, in any shape, without the builder's validation. Upstream nodes come first in `specs`. */
export function flowOf(specs: readonly NodeSpec[], { onFailure = 'stop', flow = 'main' }: FlowSpec = {}): FlowGraph {
  const byName = new Map<string, FlowNode>();
  const nodes = specs.map((spec, position) => {
    const edges = (spec.edges ?? []).map((text): FlowEdge => {
      const { from, ...rest } = parseEdge(text);
      const upstream = byName.get(from);
      if (upstream === undefined) throw new Error(`"${spec.name}" depends on "${from}", which does not come before it`);
      return { ...rest, from, upstream };
    });
    const node: FlowNode = {
      position,
      name: spec.name,
      kind: spec.name === flow ? 'flow' : 'task',
      edges,
      dependents: [],
      mapped: edges.some((edge) => edge.rule === 'each'),
      eachEdge: edges.findIndex((edge) => edge.rule === 'each'),
      handler: spec.name !== flow && (spec.always === true || edges.some((edge) => edge.rule === 'failed')),
      always: spec.always === true,
      options: optionsOf(spec),
      shape: spec.name,
    };
    byName.set(spec.name, node);
    edges.forEach((edge, at) => (edge.upstream.dependents as Dependent[]).push({ node, edge: at }));
    return node;
  });
  const compensations = specs.flatMap((spec): FlowNode[] => {
    const undoes = byName.get(spec.name) as FlowNode;
    return spec.undo === undefined ? [] : [compensationOf(undoes, spec.undo.retries ?? 0)];
  });
  compensations.forEach((node, i) => {
    Object.assign(node, { position: nodes.length + i });
    Object.assign(node.undoes as FlowNode, { compensation: node });
  });
  return {
    compensations: new Map(compensations.map((node) => [node.name, node])),
    workflow: 'fixture',
    flow: byName.get(flow) as FlowNode,
    nodes,
    byName,
    order: nodes.map((node) => node.position),
    onFailure,
    fingerprint: 'fixture',
  };
}

function compensationOf(undoes: FlowNode, retries: number): FlowNode {
  const name = `undo-${undoes.name}`;
  return {
    position: -1,
    name,
    kind: 'compensation',
    edges: [],
    dependents: [],
    mapped: undoes.mapped,
    eachEdge: -1,
    handler: false,
    always: false,
    undoes,
    options: optionsOf({ name, retries }),
    shape: '',
  };
}

function parseEdge(text: string): { rule: EdgeRule; from: string; maxConcurrency?: number } {
  const match = /^(\w+)\(([^)]+)\)(?::(\d+))?$/.exec(text);
  if (match === null) return { rule: 'completed', from: text };
  const [, rule, from, most] = match;
  return {
    rule: rule as EdgeRule,
    from: from as string,
    ...(most === undefined ? {} : { maxConcurrency: Number(most) }),
  };
}

function optionsOf({ retries = 0, totalTimeoutMs }: NodeSpec): NodeOptions {
  return {
    retries: { max: retries, backoff: 'constant', initialDelayMs: 100, maxDelayMs: 100, jitter: false },
    timeoutMs: false,
    totalTimeoutMs: totalTimeoutMs ?? false,
    transactional: false,
  };
}
