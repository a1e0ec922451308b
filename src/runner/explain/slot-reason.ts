import type { FlowNode } from '../../graph/workflow-graph';
import type { SlotUse } from '../../store/slots';
import { nameOf } from './fleet';
import type { Fleet } from './fleet';
import type { ConcurrencyFull, WorkerName } from './reasons';

/** The first limit that keeps a call of this node on `worker`: all slots are held, or the worker waits for its turn. */
export function fullSlot(fleet: Fleet, node: FlowNode | undefined, worker: WorkerName): ConcurrencyFull | undefined {
  if (node === undefined || isElsewhere(fleet, node, worker)) return undefined;
  const keys = fleet.slots?.keysOf(node) ?? [];
  for (const key of keys) {
    const use = fleet.slots?.uses.find((one) => one.key === key);
    if (use === undefined) continue;
    const taken = use.held.reduce((sum, { slots }) => sum + slots, 0);
    if (taken >= use.limit || use.waiting.includes(worker.id)) return toReason(fleet, use, worker);
  }
  return undefined;
}

/** Calls of a queue that the worker does not serve are offered to others, and wait for slots there. */
function isElsewhere({ workers }: Fleet, { kind, options: { queue } }: FlowNode, { id }: WorkerName): boolean {
  if (kind === 'flow' || queue === undefined) return false;
  return workers.find((one) => one.id === id)?.queues.includes(queue) === false;
}

function toReason({ workers }: Fleet, { key, limit, held }: SlotUse, worker: WorkerName): ConcurrencyFull {
  const named = (id: string): WorkerName => {
    const known = workers.find((one) => one.id === id);
    return known === undefined ? { id, label: id } : nameOf(known);
  };
  const holders = held.map(({ worker: id, slots }) => ({ worker: named(id), slots }));
  return { code: 'concurrency-full', key, limit, worker, held: holders };
}
