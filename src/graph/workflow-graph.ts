import type { JsonSchema, StandardSchema } from '../core/standard-schema';
import type { NodeKind } from '../core/statuses';
import type { Edge } from './edge';
import type { FlowSchedule } from './schedule';
import type { NodeOptions } from './node-options';

/**
 * The validated graph of a workflow, without the functions that its nodes call. Built once per workflow by `buildGraph`; every
 * flow of it has a `FlowGraph`, the part that a run of this flow executes.
 */
export interface WorkflowGraph {
  readonly name: string;
  readonly version?: string | undefined;
  /** Every node by name, in definition order. */
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** The part of the graph each flow runs, by the flow's name, in definition order. */
  readonly flows: ReadonlyMap<string, FlowGraph>;
  /** Names, kinds, edges and mapping of all nodes, hashed. Runs remember that of their own flow: `FlowGraph.fingerprint`. */
  readonly fingerprint: string;
  /** The graph as a Mermaid flowchart; with `flow`, only what a run of it executes. @throws RangeError for an unknown flow */
  toMermaid(flow?: string): string;
}

/** A task, flow or compensation as it stands in the workflow, before a flow is chosen. */
export interface GraphNode {
  readonly name: string;
  readonly kind: NodeKind;
  readonly edges: readonly Edge[];
  /** True when one of its edges is `each`: it then has one instance per element. */
  readonly mapped: boolean;
  /** `always: true`: runs also when the run failed or was cancelled. */
  readonly always: boolean;
  /** The task that a compensation undoes. */
  readonly compensates?: string | undefined;
  /** Of a flow: what happens to independent nodes once the flow node can no longer run. */
  readonly onFailure?: 'stop' | 'finish' | undefined;
  /** Of a flow: what the input of its runs is checked by. */
  readonly inputSchema?: StandardSchema | undefined;
  /** The same as JSON Schema, draft 2020-12, where the schema can say so. */
  readonly inputJsonSchema?: JsonSchema | undefined;
  /** Of a flow: when runs of it begin by themselves. */
  readonly schedule?: FlowSchedule | undefined;
  readonly options: NodeOptions;
}

/** What a run of one flow executes: the flow's node, everything upstream of it, and its handlers. */
export interface FlowGraph {
  readonly workflow: string;
  readonly version?: string | undefined;
  readonly flow: FlowNode;
  /** In definition order: `nodes[n.position] === n`. */
  readonly nodes: readonly FlowNode[];
  readonly byName: ReadonlyMap<string, FlowNode>;
  /** The compensations of its tasks, by name, in definition order; their positions follow those of `nodes`. */
  readonly compensations: ReadonlyMap<string, FlowNode>;
  /** Positions in a topological order (definition order among equals). */
  readonly order: readonly number[];
  readonly onFailure: 'stop' | 'finish';
  /** What the input of its runs is checked by. */
  readonly inputSchema?: StandardSchema | undefined;
  /** The same as JSON Schema, draft 2020-12, where the schema can say so. */
  readonly inputJsonSchema?: JsonSchema | undefined;
  /** When runs of it begin by themselves. */
  readonly schedule?: FlowSchedule | undefined;
  /** Names, kinds, edges and mapping of the nodes, hashed: equal fingerprints run each other's runs. */
  readonly fingerprint: string;
}

/** A node inside a `FlowGraph`, with its edges resolved to other nodes. */
export interface FlowNode {
  readonly position: number;
  readonly name: string;
  readonly kind: NodeKind;
  readonly edges: readonly FlowEdge[];
  /** The edges that lead away from this node. */
  readonly dependents: readonly Dependent[];
  readonly mapped: boolean;
  /** Of a mapped node: the position of its `each` edge in `edges`, else -1. */
  readonly eachEdge: number;
  /** A task that only runs because of what happened to others: it has a `failed` edge or is `always`. */
  readonly handler: boolean;
  readonly always: boolean;
  /** Of a task that has one. It is no part of the flow's nodes: it runs when they are over, if the run did not go well. */
  readonly compensation?: FlowNode | undefined;
  /** Of a compensation: the task that it undoes. */
  readonly undoes?: FlowNode | undefined;
  readonly options: NodeOptions;
  /** A short hash of kind, edges, mapping and what is compensated, kept with each record: equal shapes can take over a record. */
  readonly shape: string;
}

export interface FlowEdge extends Edge {
  readonly upstream: FlowNode;
}

export interface Dependent {
  readonly node: FlowNode;
  /** Position of the edge in `node.edges`. */
  readonly edge: number;
}
