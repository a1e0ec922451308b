import type { WorkflowRef } from '../decorators/workflow-types';
import { requireSomeWorker } from './change/fork-run';
import { startReusing, startWithSameInput } from './change/start-reusing';
import { requireStartOptions } from './known-options';
import type { RunnerParts } from './runner-parts';
import { SAME_INPUT } from './start-options';
import type { StartOptions } from './start-options';
import { startRun } from './start-run';
import type { StartContext, StartedRun } from './start-run';
import { validInput } from './valid-input';

/** What every start of a runner shares. */
export function startContext({ store, worker, telemetry, maxValueBytes, ids, clock }: RunnerParts): StartContext {
  return { store, worker, telemetry, maxValueBytes, ids, now: () => worker?.storeNow() ?? clock.now() };
}

/** Checks what was asked for against the registered code, and starts it. */
export async function startFlow(
  parts: RunnerParts,
  workflow: WorkflowRef,
  flow: string,
  input: unknown,
  options: StartOptions,
): Promise<StartedRun> {
  const definition = parts.registry.require(workflow);
  const graph = parts.registry.requireFlow(definition, flow);
  requireSomeWorker(parts);
  requireStartOptions(options);
  const { from } = options;
  if (input === SAME_INPUT && from !== undefined) {
    return startWithSameInput(startContext(parts), { definition, flow: graph }, { ...options, from });
  }
  const valid = graph.inputSchema === undefined ? input : await validInput(graph, input);
  if (from === undefined) return startRun(startContext(parts), graph, valid, options);
  return startReusing(startContext(parts), { definition, flow: graph }, valid, { ...options, from });
}
