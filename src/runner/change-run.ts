import { RunNotFoundError, RunNotRetryableError } from '../core/errors/run-errors';
import { storableText } from '../core/storable-text';
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

/** Puts a run back to work. @throws RunNotRetryableError, RunNotFoundError, ArgumentError when `from` is no node of the flow */
export async function retryRun(
  { store, registry, worker }: RunnerParts,
  runId: string,
  { from }: { readonly from?: string },
): Promise<{ readonly id: string; readonly workflow: string; readonly flow: string }> {
  const run = await store.findRun({ runId });
  if (run === undefined) throw new RunNotFoundError(runId);
  const flow = registry.requireCode(run).flow;
  const reset = from === undefined ? [] : downstreamOf(flow, from);
  const result = await store.retryRun({ runId, reset });
  if (result.kind === 'unknown') throw new RunNotFoundError(runId);
  if (result.kind === 'refused') throw new RunNotRetryableError(runId, result.status);
  worker?.nudge();
  return { id: runId, workflow: run.workflow, flow: run.flow };
}
