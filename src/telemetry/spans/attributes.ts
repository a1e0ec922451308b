import type { Attributes } from '@opentelemetry/api';
import type { AttemptFacts, RunFacts } from '../telemetry';

/** The names of what spans carry; docs/telemetry.md has them in a table. */
export const ATTRIBUTES = {
  runId: 'typeflow.run.id',
  workflow: 'typeflow.workflow',
  version: 'typeflow.workflow.version',
  flow: 'typeflow.flow',
  queue: 'typeflow.queue',
  generation: 'typeflow.run.generation',
  epoch: 'typeflow.run.epoch',
  parentId: 'typeflow.run.parent_id',
  forkedFrom: 'typeflow.run.forked_from',
  schedule: 'typeflow.schedule',
  task: 'typeflow.task',
  kind: 'typeflow.node.kind',
  index: 'typeflow.task.index',
  attempt: 'typeflow.attempt',
  outcome: 'typeflow.outcome',
  wait: 'typeflow.wait',
  isRetryable: 'typeflow.error.retryable',
  reason: 'typeflow.reason',
  errorType: 'error.type',
} as const;

/** What tells the run of every span. */
export function runAttributes(
  run: Pick<RunFacts, 'id' | 'workflow' | 'flow'> & { readonly queue?: string | undefined },
): Attributes {
  return {
    [ATTRIBUTES.runId]: run.id,
    [ATTRIBUTES.workflow]: run.workflow,
    [ATTRIBUTES.flow]: run.flow,
    ...(run.queue !== undefined && { [ATTRIBUTES.queue]: run.queue }),
  };
}

export function nodeAttributes({ task, kind, index }: Pick<AttemptFacts, 'task' | 'kind' | 'index'>): Attributes {
  return {
    [ATTRIBUTES.task]: task,
    [ATTRIBUTES.kind]: kind,
    ...(index >= 0 && { [ATTRIBUTES.index]: index }),
  };
}
