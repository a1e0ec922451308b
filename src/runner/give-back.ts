import { DeadlineError } from '../core/errors/task-errors';
import { toErrorRecord } from '../core/errors/error-record';
import { encodeFailure } from '../core/errors/failure-record';
import type { TypeflowLogger } from '../core/logger';
import { isFinalNodeStatus } from '../core/statuses';
import type { NodeWrite, RunChange } from '../store/record';
import type { Compatibility } from './change/compatibility';
import { refusalSentence } from './change/refusal-sentence';
import type { Store } from '../store/store';
import type { ClaimedRun, OwnedRun } from '../store/worker-lease';

/** Writes the end of a worker's ownership of runs that it does not execute. Failures are logged: the next poll tries again. */
export class GiveBack {
  readonly #store: Store;
  readonly #logger: TypeflowLogger;
  /** Runs of the last poll that the worker owns and does not know, with their epochs. */
  #unknown: ReadonlyMap<string, number> = new Map();

  constructor(store: Store, logger: TypeflowLogger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** Others shall have it, uncharged. */
  release(run: OwnedRun): Promise<void> {
    return this.#write(run, [], { kind: 'release' });
  }

  /**
   * Runs that are the worker's by the store, but that it gave up on, or claimed in a poll whose answer was lost: others shall have
   * them. Not at once: a run that is just being started here may be known to the store before it is known to the worker.
   */
  releaseUnknown(rows: readonly OwnedRun[]): void {
    for (const row of rows) if (this.#unknown.get(row.id) === row.epoch) void this.release(row);
    this.#unknown = new Map(rows.map((row) => [row.id, row.epoch]));
  }

  /** It waits for a worker with other code, unless it is to end: a cancel or a deadline needs none. */
  decline(
    run: ClaimedRun,
    { refusal, why }: Extract<Compatibility, { readonly kind: 'incompatible' }>,
    now: number,
  ): Promise<void> {
    const isOverdue = run.deadlineAt !== undefined && run.deadlineAt <= now;
    if (run.isCancelRequested || isOverdue) return this.#end(run);
    const { id: runId, workflow } = run;
    const reason = refusalSentence(why);
    const what = why.code === 'sealed' ? 'this run cannot be opened here' : 'the code of this run has changed';
    this.#logger.warn({ runId, workflow, reason, why }, `${what}; it waits`);
    return this.#write(run, [], { kind: 'release', refusedBy: refusal });
  }

  /** What was open of the run is CANCELLED. */
  #end(run: ClaimedRun): Promise<void> {
    const code = run.isCancelRequested ? 'cancel' : 'deadline';
    const nodes = run.nodes
      .filter(({ status }) => !isFinalNodeStatus(status))
      .map((node): NodeWrite => ({ ...node, status: 'CANCELLED', reason: { code } }));
    const failure = { ...toErrorRecord(new DeadlineError(run.id)), attempts: 0 };
    return this.#write(run, nodes, {
      kind: 'finish',
      acknowledgesCancel: run.isCancelRequested,
      ...(run.isCancelRequested ? { status: 'CANCELLED' } : { status: 'FAILED', error: encodeFailure(failure) }),
    });
  }

  async #write(
    { id: runId, epoch, inbox, ...rest }: OwnedRun | ClaimedRun,
    nodes: NodeWrite[],
    run: RunChange,
  ): Promise<void> {
    const generation = 'generation' in rest ? rest.generation : 0;
    const parent = 'parentId' in rest ? rest.parentId : undefined;
    const family = run.kind === 'finish' ? { parent, mayHaveChildren: true } : undefined;
    try {
      await this.#store.record({ runId, epoch, inbox, generation, nodes, run, family });
    } catch (error) {
      this.#logger.warn({ runId, err: error }, 'a run could not be given back; the next poll tries again');
    }
  }
}
