import { RunCancelledError, RunFailedError, RunNotHeldError, WaitAbortedError } from '../core/errors/run-errors';
import type { RunRecord } from '../runner/run-record';
import { SAME_INPUT } from '../runner/start-options';
import type { WorkflowRunner } from '../runner/workflow-runner';
import type { ExecuteRun } from './operations';
import { findWorkflow, requireRun } from './run-lookup';

/** The longest that an answer is held back for a result, ms: proxies give up on longer ones. */
export const MAX_WAIT_MS = 60_000;

/** Sets a held run going; a COMPLETED one answers with its result, or begins another flow that takes over its records. */
export async function executeRun(
  runner: WorkflowRunner,
  runId: string,
  params: ExecuteRun,
): Promise<{ readonly outcome: 'started' | 'finished' | 'forked'; readonly run: RunRecord }> {
  const run = await requireRun(runner, runId);
  if (run.isHeld) {
    await runner.execute(runId, {
      ...(params.flow !== undefined && { flow: params.flow }),
      ...(params.input !== undefined && { input: params.input }),
    });
    const isOver = await waitFor(runner, runId, params);
    return { outcome: isOver ? 'finished' : 'started', run: await requireRun(runner, runId) };
  }
  if (run.status !== 'COMPLETED') throw new RunNotHeldError(runId, run.status);
  if (params.flow === undefined || params.flow === run.flow) return { outcome: 'finished', run };
  const definition = findWorkflow(runner, run.workflow, run.version);
  const input = params.input === undefined ? SAME_INPUT : params.input;
  const forked = await runner.start(definition, params.flow, input, { from: runId });
  await waitFor(runner, forked.id, params);
  return { outcome: 'forked', run: await requireRun(runner, forked.id) };
}

/** Whether the run is over within the time that its caller gives it. */
async function waitFor(runner: WorkflowRunner, runId: string, { waitMs = 0, signal }: ExecuteRun): Promise<boolean> {
  if (waitMs <= 0) return false;
  const timeout = Math.min(waitMs, MAX_WAIT_MS);
  try {
    await runner.result(runId, { timeout, ...(signal && { signal }) });
    return true;
  } catch (error) {
    if (error instanceof RunFailedError || error instanceof RunCancelledError) return true;
    if (error instanceof WaitAbortedError) return false;
    throw error;
  }
}
