import type { CallState } from './call-state';

/** A backoff in the heap. It is stale once its call waits no longer, or waits for another instant. */
export interface DueEntry {
  readonly at: number;
  readonly call: CallState;
}

/**
 * Adds a backoff to a binary min-heap. Entries are never taken out of the middle: `earliestDue` drops stale ones when they
 * surface, so that a hundred thousand instances backing off cost a logarithm each, not a scan each.
 */
export function enqueueDue(heap: DueEntry[], entry: DueEntry): void {
  let hole = heap.length;
  heap.push(entry);
  while (hole > 0) {
    const parent = (hole - 1) >> 1;
    const above = heap[parent] as DueEntry;
    if (above.at <= entry.at) break;
    heap[hole] = above;
    hole = parent;
  }
  heap[hole] = entry;
}

/** The earliest instant a backoff ends, or `undefined` when none is pending. */
export function earliestDue(heap: DueEntry[]): number | undefined {
  for (let top = heap[0]; top !== undefined; top = heap[0]) {
    if (top.call.status === 'WAITING' && top.call.wakeAt === top.at) return top.at;
    dropTop(heap);
  }
  return undefined;
}

function dropTop(heap: DueEntry[]): void {
  const last = heap.pop() as DueEntry;
  const size = heap.length;
  if (size === 0) return;
  let hole = 0;
  for (let child = 1; child < size; child = 2 * hole + 1) {
    const right = child + 1;
    if (right < size && (heap[right] as DueEntry).at < (heap[child] as DueEntry).at) child = right;
    const below = heap[child] as DueEntry;
    if (last.at <= below.at) break;
    heap[hole] = below;
    hole = child;
  }
  heap[hole] = last;
}
