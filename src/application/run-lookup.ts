import { RunNotFoundError, WorkflowNotRegisteredError } from '../core/errors/run-errors';
import type { WorkflowDefinition } from '../decorators/workflow-definition';
import { requireOnlyFlow } from '../runner/only-flow';
import type { RunRecord } from '../runner/run-record';
import type { WorkflowRunner } from '../runner/workflow-runner';

/** A workflow by name, and by version where there are several: without one it is the last that was registered. @throws WorkflowNotRegisteredError */
export function findWorkflow(runner: WorkflowRunner, name: string, version?: string): WorkflowDefinition {
  const named = runner.workflows.filter(({ graph }) => graph.name === name);
  const found = version === undefined ? named.at(-1) : named.find(({ graph }) => graph.version === version);
  if (found !== undefined) return found;
  if (named.length === 0) {
    throw new WorkflowNotRegisteredError(
      name,
      runner.workflows.map(({ graph }) => graph.name),
    );
  }
  throw new WorkflowNotRegisteredError(
    name,
    named.map(({ graph }) => graph.version ?? 'none'),
    version ?? 'none',
  );
}

/** The name of the flow that is meant: the one that is named, whether or not there is such a one, or the only one. @throws ArgumentError when there are several */
export function findFlow(definition: WorkflowDefinition, flow: string | undefined): string {
  return flow ?? requireOnlyFlow(definition, 'flow').flow.name;
}

/** @throws RunNotFoundError */
export async function requireRun(runner: WorkflowRunner, runId: string): Promise<RunRecord> {
  const run = await runner.get(runId);
  if (run === undefined) throw new RunNotFoundError(runId);
  return run;
}
