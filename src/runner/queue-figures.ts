import type { QueueFigures } from '../telemetry/telemetry';
import type { RunnerParts } from './runner-parts';

/** What stands in the queues of a database, for telemetry. */
export async function queueFigures({
  store,
  worker,
  clock,
}: Pick<RunnerParts, 'store' | 'worker' | 'clock'>): Promise<readonly QueueFigures[]> {
  const queues = await store.queues.list();
  const now = worker?.storeNow() ?? clock.now();
  return queues.map(({ queue, due, oldestDueAt = now }) => ({
    queue,
    due,
    oldestMs: Math.max(0, now - oldestDueAt),
  }));
}
