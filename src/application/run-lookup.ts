import { ArgumentError } from '../core/errors/definition-error';
import { FlowNotFoundError, RunNotFoundError, WorkflowNotRegisteredError } from '../core/errors/run-errors';
import type { WorkflowDefinition } from '../decorators/workflow-definition';
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

/** The flow that is named, or the only one. @throws FlowNotFoundError; ArgumentError when it is not named and there are several */
export function findFlow({ graph }: WorkflowDefinition, flow: string | undefined): string {
  const names = [...graph.flows.keys()];
  if (flow !== undefined) {
    if (graph.flows.has(flow) || graph.nodes.has(flow)) return flow;
    throw new FlowNotFoundError(graph.name, flow, names);
  }
  const [first, second] = names;
  if (first !== undefined && second === undefined) return first;
  throw new ArgumentError(
    `flow is missing: workflow "${graph.name}" has several; name one of ${names.map((name) => `"${name}"`).join(', ')}`,
  );
}

/** @throws RunNotFoundError */
export async function requireRun(runner: WorkflowRunner, runId: string): Promise<RunRecord> {
  const run = await runner.get(runId);
  if (run === undefined) throw new RunNotFoundError(runId);
  return run;
}
