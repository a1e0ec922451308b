import { isFinalRunStatus } from '../../core/statuses';
import type { QueueUse, Queues } from '../queues';
import type { MemoryRun, MemoryTables } from './memory-run';

export class MemoryQueues implements Queues {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async list(): Promise<readonly QueueUse[]> {
    const now = this.#tables.now();
    const byQueue = new Map<string, MemoryRun[]>();
    for (const run of this.#tables.runs.values()) {
      if (isFinalRunStatus(run.status)) continue;
      const runs = byQueue.get(run.queue);
      if (runs === undefined) byQueue.set(run.queue, [run]);
      else runs.push(run);
    }
    const names = [...byQueue.keys()].sort();
    return names.map((queue) => useOf(queue, byQueue.get(queue) ?? [], now));
  }
}

function useOf(queue: string, runs: readonly MemoryRun[], now: number): QueueUse {
  const idle = runs.filter(({ status }) => status !== 'RUNNING');
  const due = idle.flatMap(({ wakeAt }) => (wakeAt !== undefined && wakeAt <= now ? [wakeAt] : []));
  const held = idle.filter(({ status, wakeAt }) => status === 'PENDING' && wakeAt === undefined).length;
  return {
    queue,
    due: due.length,
    oldestDueAt: due.length === 0 ? undefined : due.reduce((a, b) => Math.min(a, b)),
    later: idle.length - due.length - held,
    running: runs.length - idle.length,
    held,
  };
}
