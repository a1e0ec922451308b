import { isFinalRunStatus } from '../../core/statuses';
import { MAX_ANCESTORS } from '../children';
import type { Children, StartChildParams, StartedChild } from '../children';
import type { HintEmitter } from '../hint-emitter';
import { createRun } from './create-run';
import { claimRank } from './memory-run';
import type { MemoryRun, MemoryTables } from './memory-run';

export class MemoryChildren implements Children {
  readonly #tables: MemoryTables;
  readonly #hints: HintEmitter;

  constructor(tables: MemoryTables, hints: HintEmitter) {
    this.#tables = tables;
    this.#hints = hints;
  }

  async start({ run, parent: { runId, epoch }, isDetached }: StartChildParams): Promise<StartedChild> {
    const parent = this.#tables.runs.get(runId);
    if (parent === undefined || parent.status !== 'RUNNING' || parent.epoch !== epoch) return 'lost';
    if (this.#ancestorsOf(parent) >= MAX_ANCESTORS) return 'too-deep';
    if (this.#tables.runs.has(run.id)) return 'exists';
    createRun(this.#tables, { ...run, parentId: runId });
    const made = this.#tables.runs.get(run.id);
    if (made !== undefined) made.isDetached = isDetached;
    parent.isParent = true;
    this.#hints.work(run.queue);
    return 'started';
  }

  #ancestorsOf(run: MemoryRun): number {
    let count = 0;
    for (let at = run.parentId; at !== undefined && count < MAX_ANCESTORS; at = this.#tables.runs.get(at)?.parentId)
      count++;
    return count;
  }
}

/** The end of a run, for its parent and its children. */
export function tellFamily(tables: MemoryTables, hints: HintEmitter, run: MemoryRun): void {
  if (!isFinalRunStatus(run.status)) return;
  const parent = run.parentId === undefined ? undefined : tables.runs.get(run.parentId);
  if (parent !== undefined && !isFinalRunStatus(parent.status)) attract(tables, hints, parent);
  if (run.status === 'COMPLETED' || !run.isParent) return;
  for (const child of tables.runs.values()) {
    if (child.parentId !== run.id || child.isDetached || isFinalRunStatus(child.status)) continue;
    if (!child.isCancelRequested) child.cancelReason = `its parent ${run.id} is ${run.status}`;
    child.isCancelRequested = true;
    attract(tables, hints, child);
  }
}

function attract(tables: MemoryTables, hints: HintEmitter, run: MemoryRun): void {
  run.inbox += 1;
  if (run.owner !== undefined) {
    hints.attention(run.owner);
    return;
  }
  run.wakeAt = tables.now();
  run.claimRank = claimRank(run.wakeAt, run.priority);
  hints.work(run.queue);
}
