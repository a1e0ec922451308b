import { createHash } from 'node:crypto';
import type { GraphNode } from './workflow-graph';

/** Enough of a hash to tell the handful of shapes apart that one node has over its life. */
const SHAPE_LENGTH = 16;

/** 128 bits: it is written with every change of a run, and nobody gains by two graphs that share one. */
const FINGERPRINT_LENGTH = 32;

/**
 * A short hash of kind, edges and mapping: the edges in their order, because it is the order of arguments. Of a compensation also the
 * task that it undoes, which is where its argument comes from.
 */
export function shapeOf({
  kind,
  edges,
  mapped,
  compensates,
}: Pick<GraphNode, 'kind' | 'edges' | 'mapped' | 'compensates'>): string {
  const parts = [kind, mapped, edges.map(({ rule, from }) => [rule, from])];
  return hash(JSON.stringify(compensates === undefined ? parts : [...parts, compensates])).slice(0, SHAPE_LENGTH);
}

/**
 * A hash of what a flow runs: the name and shape of each node. Options and the order of definition do not count, so that
 * raising a timeout or moving a method leaves runs in flight alone.
 */
export function fingerprintOf(nodes: readonly { readonly name: string; readonly shape: string }[]): string {
  const lines = nodes.map(({ name, shape }) => `${name} ${shape}`).sort();
  return hash(lines.join('\n')).slice(0, FINGERPRINT_LENGTH);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
