import type { FlowNode } from '../../graph/workflow-graph';
import type { StoredNode, StoredRun } from '../../store/stored-run';
import { countInstances } from '../run-record';
import type { InstanceCounts } from '../run-record';
import type { ExplainedAttempt, ErrorName } from './reasons';

/** Which call a record tells of, and how far its retries reach. Crashes and closing workers use up none. */
export function attemptOf(run: StoredRun, stored: StoredNode, node: FlowNode | undefined): ExplainedAttempt {
  const { attempt, attempts, status, elements } = stored;
  // A mapped node as a whole is not called.
  if (node === undefined || elements !== undefined) return { attempt, of: undefined };
  const failures = attempts.filter(
    ({ generation, outcome }) => generation === run.generation && (outcome === 'failed' || outcome === 'timed-out'),
  ).length;
  const left = node.options.retries.max - failures + (status === 'RUNNING' ? 0 : 1);
  return { attempt, of: attempt + Math.max(0, left) };
}

/** When the call that is running began: the first by its record, a later one by the end of the call and the backoff before it. */
export function sinceOf({ attempts, startedAt }: StoredNode): number | undefined {
  const last = attempts.at(-1);
  return last === undefined ? startedAt : last.finishedAt + (last.delayMs ?? 0);
}

/** Name and message of an encoded error, without decoding all of it into an `Error`. */
export function errorOf(text: string | undefined): (ErrorName & { readonly task: string | undefined }) | undefined {
  if (text === undefined) return undefined;
  const { name, message, task } = JSON.parse(text) as ErrorName & { readonly task?: string };
  return { name, message, task };
}

/** How the instances of a mapped node stand, once it has begun. */
export function instancesOf(run: StoredRun, stored: StoredNode): InstanceCounts | undefined {
  if (stored.index >= 0 || stored.elements === undefined) return undefined;
  return countInstances(
    stored.elements,
    run.nodes.filter(({ node }) => node === stored.node),
  );
}

export function toDate(instant: number | undefined): Date | undefined {
  return instant === undefined ? undefined : new Date(instant);
}
