import type { HeldRun, HeldRuns, HoldRunParams, ReleasedRun, ReleaseRunParams } from '../held-runs';
import { isHeld } from '../held-runs';
import type { HintEmitter } from '../hint-emitter';
import { createRun, findExisting } from './create-run';
import { claimRank } from './memory-run';
import type { MemoryRun, MemoryTables } from './memory-run';

export class MemoryHeldRuns implements HeldRuns {
  readonly #tables: MemoryTables;
  readonly #hints: HintEmitter;

  constructor(tables: MemoryTables, hints: HintEmitter) {
    this.#tables = tables;
    this.#hints = hints;
  }

  async hold(params: HoldRunParams): Promise<HeldRun> {
    const existing = findExisting(this.#tables, params);
    if (existing !== undefined) return compare(params, existing);
    createRun(this.#tables, params);
    const run = this.#tables.runs.get(params.id);
    if (run !== undefined) run.wakeAt = undefined;
    return { kind: 'created', id: params.id };
  }

  async release(params: ReleaseRunParams): Promise<ReleasedRun> {
    const run = this.#tables.runs.get(params.runId);
    if (run === undefined) return { kind: 'unknown' };
    if (!isHeld(run)) return { kind: 'refused', status: run.status };
    const { version, flow, fingerprint, queue, input, inputHash, trace } = params;
    Object.assign(run, { version, flow, fingerprint, queue, input, inputHash, trace });
    run.wakeAt = this.#tables.now();
    run.claimRank = claimRank(run.wakeAt, run.priority);
    this.#hints.work(queue);
    return { kind: 'released' };
  }
}

function compare(params: HoldRunParams, run: MemoryRun): HeldRun {
  const { id, status, inputHash } = run;
  if (run.workflow !== params.workflow) return { kind: 'conflict', id, differs: 'workflow' };
  if (isHeld(run) && run.flow !== params.flow) return { kind: 'conflict', id, differs: 'flow' };
  if (isHeld(run) && inputHash !== params.inputHash)
    return { kind: 'conflict', id, differs: 'input', status, inputHash };
  return { kind: 'exists', id };
}
