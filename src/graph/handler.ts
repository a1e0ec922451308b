import type { GraphNode } from './workflow-graph';

/** A task that runs because of what happened to others. */
export function isHandler(node: Pick<GraphNode, 'kind' | 'always' | 'edges'>): boolean {
  return node.kind === 'task' && (node.always || node.edges.some(({ rule }) => rule === 'failed'));
}
