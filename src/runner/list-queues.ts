import type { Store } from '../store/store';

/** The runs of one queue that are not over. */
export interface QueueRecord {
  readonly queue: string;
  /** Could be executed now, and wait for a worker. */
  readonly due: number;
  /** Since when the oldest of them could be. */
  readonly oldestDueAt: Date | undefined;
  /** Are to start, or to go on, later. */
  readonly later: number;
  readonly running: number;
  /** Wait for `execute`. */
  readonly held: number;
  /** How many live workers serve it. */
  readonly workers: number;
}

/** Every queue that has an unfinished run or a live worker, by name. */
export async function listQueues(store: Store): Promise<readonly QueueRecord[]> {
  const [used, { workers }] = await Promise.all([store.queues.list(), store.listWorkers({})]);
  const served = workers.filter(({ isAlive }) => isAlive).flatMap(({ queues }) => queues);
  const byName = new Map(used.map((use) => [use.queue, use]));
  const names = [...new Set([...byName.keys(), ...served])].sort();
  return names.map((queue) => {
    const { due = 0, oldestDueAt, later = 0, running = 0, held = 0 } = byName.get(queue) ?? {};
    return {
      queue,
      due,
      oldestDueAt: oldestDueAt === undefined ? undefined : new Date(oldestDueAt),
      later,
      running,
      held,
      workers: served.filter((name) => name === queue).length,
    };
  });
}
