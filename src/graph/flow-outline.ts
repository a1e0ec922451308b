import type { NodeKind } from '../core/statuses';
import type { Edge } from './edge';
import { shapeOf } from './fingerprint';
import type { FlowGraph } from './workflow-graph';

/** What a fingerprint counts of a node: enough to draw it and to compare it, and nothing that could not be stored. */
export interface NodeOutline {
  readonly name: string;
  readonly kind: NodeKind;
  readonly mapped: boolean;
  readonly edges: readonly Edge[];
}

/** A flow's graph as plain data: a function of its fingerprint, kept so that it can be told what changed when its code is gone. */
export type FlowOutline = readonly NodeOutline[];

export function outlineOf({ nodes }: Pick<FlowGraph, 'nodes'>): FlowOutline {
  return nodes.map(({ name, kind, mapped, edges }) => ({
    name,
    kind,
    mapped,
    edges: edges.map(({ rule, from }) => ({ rule, from })),
  }));
}

/** What a record must find in a graph to be taken over by it. */
export interface Place {
  readonly shape: string;
  /** An `each` edge leads away from it: its value must be an array. */
  readonly isMappedOver: boolean;
}

/** The places of a graph, by name. */
export function placesOf(nodes: FlowOutline): ReadonlyMap<string, Place> {
  const mappedOver = new Set(
    nodes.flatMap(({ edges }) => edges.flatMap(({ rule, from }) => (rule === 'each' ? [from] : []))),
  );
  return new Map(nodes.map((node) => [node.name, { shape: shapeOf(node), isMappedOver: mappedOver.has(node.name) }]));
}
