import type { RunRecord } from '../runner/run-record';
import type { WorkflowRunner } from '../runner/workflow-runner';

/**
 * Whether a cancel of an unfinished run was asked for before. Until a worker has carried it out the run is found like any other, and to do it
 * again, which does no harm, is nothing new.
 *
 * Of a due run that no worker serves it cannot be told, and it is assumed: such runs would hide older ones from every call.
 */
export async function isCancelRepeated(
  runner: Pick<WorkflowRunner, 'explain'>,
  { id, status, startedAt, wakeAt, parentId }: RunRecord,
): Promise<boolean> {
  // A cancel ends a run that has not begun at once, unless another one waits for it, and makes due what sleeps.
  if (startedAt === undefined && parentId === undefined) return false;
  if (status !== 'RUNNING' && !(wakeAt !== undefined && wakeAt.getTime() <= Date.now())) return false;
  const { code } = (await runner.explain(id)).run.reason;
  return code === 'cancel-requested' || code === 'no-worker';
}
