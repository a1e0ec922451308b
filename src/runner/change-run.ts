import { ArgumentError } from '../core/errors/definition-error';
import { RunNotExecutedError, RunNotFoundError, RunNotRetryableError } from '../core/errors/run-errors';
import { isFinalRunStatus } from '../core/statuses';
import { storableText } from '../core/storable-text';
import type { FlowGraph } from '../graph/workflow-graph';
import { isUnreleased } from '../store/held-runs';
import type { StoredRun } from '../store/stored-run';
import { downstreamOf } from './downstream';
import type { RunnerParts } from './runner-parts';

/** Longer reasons of a cancel are cut: they are for people. */
const MAX_REASON_LENGTH = 1_000;

/** `true` once the cancel is durable, `false` if the run is over. @throws RunNotFoundError */
export async function cancelRun({ store, worker }: RunnerParts, runId: string, reason?: string): Promise<boolean> {
  const because = reason === undefined ? undefined : storableText(reason, MAX_REASON_LENGTH);
  const answer = await store.requestCancel({ runId, reason: because });
  if (answer === 'unknown') throw new RunNotFoundError(runId);
  if (answer === 'final') return false;
  worker?.cancel(runId, because);
  return true;
}

export interface RetryOptions {
  /** This task, and everything downstream of it, runs again although it is COMPLETED. */
  readonly from?: string | undefined;
  /** Nothing runs but compensations that are not COMPLETED, and the run ends as it had. */
  readonly compensations?: boolean | undefined;
}

/** Puts a run back to work. @throws RunNotRetryableError, RunNotExecutedError, RunNotFoundError, ArgumentError */
export async function retryRun(
  { store, registry, worker }: RunnerParts,
  runId: string,
  { from, compensations: compensationsOnly = false }: RetryOptions,
): Promise<{ readonly id: string; readonly workflow: string; readonly flow: string }> {
  if (compensationsOnly && from !== undefined) {
    throw new ArgumentError(
      'retry takes `from` or `compensations: true`, got both; compensations alone have no task to begin from',
    );
  }
  const run = await store.findRun({ runId });
  if (run === undefined) throw new RunNotFoundError(runId);
  if (isUnreleased(run)) throw new RunNotExecutedError(runId, run.status);
  const flow = registry.requireCode(run).flow;
  if (compensationsOnly && isFinalRunStatus(run.status)) requireUnfinished(run, flow);
  const reset = from === undefined ? [] : downstreamOf(flow, from);
  const compensations = [...flow.compensations.values()].flatMap(({ name, undoes }) =>
    undoes === undefined ? [] : [{ name, task: undoes.name }],
  );
  const result = await store.retryRun({ runId, reset, compensations, compensationsOnly });
  if (result.kind === 'unknown') throw new RunNotFoundError(runId);
  if (result.kind === 'refused') throw new RunNotRetryableError(runId, result.status);
  worker?.nudge();
  return { id: runId, workflow: run.workflow, flow: run.flow };
}

/** @throws ArgumentError when everything that was done is undone already, or cannot be */
function requireUnfinished({ id, status: runStatus, nodes }: StoredRun, flow: FlowGraph): void {
  if (runStatus === 'COMPLETED') return;
  const isDone = (name: string, at: number): boolean =>
    nodes.some(({ node, index, status }) => node === name && index === at && status === 'COMPLETED');
  const isUnfinished = nodes.some(({ node, index, status, reusedFrom }) => {
    const compensation = flow.byName.get(node)?.compensation;
    if (compensation === undefined || status !== 'COMPLETED' || reusedFrom !== undefined) return false;
    return compensation.mapped === index >= 0 && !isDone(compensation.name, index);
  });
  if (isUnfinished) return;
  throw new ArgumentError(
    `run ${id} has no compensation that is to run, or to run again; without \`compensations\` retry does the work itself anew`,
  );
}
