import type { RunStatus } from '../../core/statuses';
import { isUuid } from '../../core/ids';
import type { HeldRun, HeldRuns, HoldRunParams, ReleasedRun, ReleaseRunParams } from '../held-runs';
import type { HintSender } from '../store-hint';
import { findHeldSql, findReleasedSql, holdRunSql, releaseRunSql } from './sql/held-runs';
import type { Send } from './store-tables';

interface ExistingRow {
  readonly id: string;
  readonly workflow: string;
  readonly flow: string;
  readonly input_hash: string;
  readonly is_held: boolean;
}

/** Held runs, in table `run`. */
export class HeldRunTable implements HeldRuns {
  readonly #send: Send;
  readonly #tell: HintSender;
  readonly #sql: { readonly hold: string; readonly find: string; readonly release: string; readonly look: string };

  /** @param s the quoted schema */
  constructor(s: string, send: Send, tell: HintSender) {
    this.#send = send;
    this.#tell = tell;
    this.#sql = { hold: holdRunSql(s), find: findHeldSql(s), release: releaseRunSql(s), look: findReleasedSql(s) };
  }

  async hold(params: HoldRunParams): Promise<HeldRun> {
    // An existing run may be deleted between the two statements.
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const [made] = await this.#send<{ id: string }>('creating a held run', this.#sql.hold, valuesOf(params));
      if (made !== undefined) return { kind: 'created', id: made.id };
      const [found] = await this.#send<ExistingRow>('creating a held run', this.#sql.find, [
        params.id,
        params.workflow,
        params.idempotencyKey ?? null,
      ]);
      if (found !== undefined) return compare(params, found);
    }
    throw new Error(`run ${params.id} could neither be inserted nor found`);
  }

  async release(params: ReleaseRunParams): Promise<ReleasedRun> {
    const { runId, version, flow, fingerprint, queue, input, inputHash, trace } = params;
    if (!isUuid(runId)) return { kind: 'unknown' };
    let isRepeated = false;
    const values = [runId, version ?? null, flow, fingerprint, queue, input, inputHash, trace ?? null];
    const doing = 'releasing a run';
    const rows = await this.#send<{ queue: string }>(doing, this.#sql.release, values, () => (isRepeated = true));
    if (rows.length > 0) {
      this.#tell.work(queue);
      return { kind: 'released' };
    }
    const [run] = await this.#send<{ status: RunStatus; fingerprint: string }>(doing, this.#sql.look, [runId]);
    if (run === undefined) return { kind: 'unknown' };
    // The first try's answer was lost, and it did what the caller wants.
    if (isRepeated && run.fingerprint === fingerprint) {
      this.#tell.work(queue);
      return { kind: 'released' };
    }
    return { kind: 'refused', status: run.status };
  }
}

function valuesOf(params: HoldRunParams): readonly unknown[] {
  const { id, workflow, version, flow, fingerprint, queue, priority, tags, input, inputHash, idempotencyKey } = params;
  return [
    id,
    workflow,
    version ?? null,
    flow,
    fingerprint,
    queue,
    priority,
    tags,
    input,
    inputHash,
    idempotencyKey ?? null,
  ];
}

function compare(params: HoldRunParams, found: ExistingRow): HeldRun {
  const { id } = found;
  if (found.workflow !== params.workflow) return { kind: 'conflict', id, differs: 'workflow' };
  if (found.is_held && found.flow !== params.flow) return { kind: 'conflict', id, differs: 'flow' };
  if (found.is_held && found.input_hash !== params.inputHash) {
    return { kind: 'conflict', id, differs: 'input', status: 'PENDING', inputHash: found.input_hash };
  }
  // Ids are new with every call: this is our own insert, whose answer was lost.
  return { kind: id === params.id ? 'created' : 'exists', id };
}
