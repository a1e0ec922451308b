import { isFinalNodeStatus } from '../core/statuses';
import type { NodeKind, NodeStatus } from '../core/statuses';
import type { Place } from './flow-outline';

/** What of a record decides whether a graph can take it over. */
export interface RecordOutline {
  readonly node: string;
  readonly kind: NodeKind;
  readonly status: NodeStatus;
  readonly shape: string;
  /** Of a COMPLETED one: whether its value is an array. */
  readonly isArray: boolean;
}

/**
 * The first record that stands in the way of going on with other code.
 *
 * - `gone`: its node is not there any more
 * - `changed`: its node has another kind, or other edges
 * - `not-an-array`: its node is mapped over now, and its value is no array
 */
export interface Misfit {
  readonly code: 'gone' | 'changed' | 'not-an-array';
  readonly node: string;
  /** Its node is over; otherwise it had begun. */
  readonly isFinal: boolean;
}

/** Compatible is a graph in which every node with a record still stands with the same kind, edges and mapping. */
export function findMisfit(records: Iterable<RecordOutline>, places: ReadonlyMap<string, Place>): Misfit | undefined {
  for (const record of records) {
    const code = record.status === 'PENDING' ? undefined : misfitOf(record, places.get(record.node));
    if (code !== undefined) return { code, node: record.node, isFinal: isFinalNodeStatus(record.status) };
  }
  return undefined;
}

/** What keeps one record from being taken over by the node of its name. */
export function misfitOf(record: RecordOutline, place: Place | undefined): Misfit['code'] | undefined {
  if (place === undefined) return 'gone';
  if (place.shape !== record.shape) return 'changed';
  return place.isMappedOver && record.status === 'COMPLETED' && !record.isArray ? 'not-an-array' : undefined;
}
