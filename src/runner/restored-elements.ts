import { decode } from '../core/codec/decode';
import { isMappedOver } from '../graph/mapped-over';
import type { FlowNode } from '../graph/workflow-graph';
import type { StoredNode } from '../store/stored-run';

/** How many elements a restored node has: of a mapped node by its record, of one that is mapped over by its value. */
export function elementsOf(node: FlowNode, stored: StoredNode): number | undefined {
  if (stored.elements !== undefined) return stored.elements;
  if (!isMappedOver(node) || stored.output === undefined) return undefined;
  const value = decode(stored.output);
  return Array.isArray(value) ? value.length : undefined;
}
