import type { FlowNode } from '../../graph/workflow-graph';
import type { StoredWorker } from '../../store/list-workers';
import type { SlotUse } from '../../store/slots';
import type { NoWorker, WorkerName } from './reasons';

/** The workers as they are known at one moment. */
export interface Fleet {
  /** The store's clock, epoch ms. */
  readonly now: number;
  readonly workers: readonly StoredWorker[];
  /** Absent where the run is under no limit of the fleet, or its code is not known. */
  readonly slots?: KnownSlots | undefined;
}

/** Under which keys the calls of a run's nodes are, in the order in which they are taken, and who has part in them. */
export interface KnownSlots {
  keysOf(node: FlowNode): readonly string[];
  readonly uses: readonly SlotUse[];
}

/** Live workers that could claim a run, or a task, of this queue and workflow. */
export function serving({ workers }: Fleet, queue: string, workflow: string): readonly StoredWorker[] {
  return workers.filter((one) => one.isAlive && one.queues.includes(queue) && one.workflows.includes(workflow));
}

/** Why nobody could, if so: for the queue of a run, and for that of a task. */
export function noWorkerFor(fleet: Fleet, queue: string, workflow: string): NoWorker | undefined {
  if (serving(fleet, queue, workflow).length > 0) return undefined;
  const live = fleet.workers.filter(({ isAlive }) => isAlive);
  const hasQueue = live.some(({ queues }) => queues.includes(queue));
  const hasWorkflow = live.some(({ workflows }) => workflows.includes(workflow));
  const lacks = live.length === 0 ? 'worker' : hasQueue ? (hasWorkflow ? 'both' : 'workflow') : 'queue';
  return { code: 'no-worker', lacks, queue, workflow, live: live.length };
}

export function nameOf({ id, label }: StoredWorker): WorkerName {
  return { id, label };
}
