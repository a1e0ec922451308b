import { NoWorkerError, RunNotExecutedError, WorkflowNotRegisteredError } from '../../core/errors/run-errors';
import { ArgumentError } from '../../core/errors/definition-error';
import type { WorkflowDefinition } from '../../decorators/workflow-definition';
import type { FlowGraph } from '../../graph/workflow-graph';
import { isUnreleased } from '../../store/held-runs';
import type { OutlinedRun } from '../../store/reuse';
import type { DefinitionRegistry } from '../definition-registry';
import { validInput } from '../valid-input';
import { requireNode } from '../downstream';
import type { StartOptions } from '../start-options';
import { createParams } from '../start-run';
import type { StartContext, StartedRun } from '../start-run';
import { planFork } from './reuse-plan';
import type { ForkPoint } from './reuse-plan';
import { createReusing, undoneIn } from './start-reusing';

/** How a run is forked. What `start` also takes is that of the other run where it is not given: queue, priority, tags. */
export interface ForkOptions extends Omit<StartOptions, 'from'> {
  /**
   * Runs again from here: this task, or one element of a mapped task, and everything downstream. What else is final is taken over.
   * Default: everything that is not COMPLETED, and what is downstream of that.
   */
  readonly from?: string | ForkPoint;
  /** Default: that of the other run. What is taken over was made with the other run's input, and the handle's `note` says so. */
  readonly input?: unknown;
  /** By which version of the workflow. Default: the run's own, if it is registered, otherwise the last one of the runner's `workflows`. */
  readonly version?: string;
}

/** What a fork answers, besides the run. */
export interface ForkedRun extends StartedRun {
  readonly workflow: string;
  readonly flow: string;
  readonly note: string | undefined;
}

/** Makes a new run of another one's records. @throws RunNotFoundError, RunNotExecutedError, ArgumentError, WorkflowNotRegisteredError, FlowNotFoundError */
export async function forkRun(
  context: StartContext & { readonly registry: DefinitionRegistry },
  runId: string,
  options: ForkOptions,
): Promise<ForkedRun> {
  const { from, input, version, ...startOptions } = options;
  const point = typeof from === 'string' ? { task: from } : from;
  let answer: Pick<ForkedRun, 'workflow' | 'flow'> & { readonly isOldInput: boolean } = {
    workflow: '',
    flow: '',
    isOldInput: false,
  };
  const started = await createReusing(context, runId, startOptions, async (run) => {
    if (isUnreleased(run)) throw new RunNotExecutedError(runId, run.status);
    const definition = definitionFor(context.registry, run, version);
    const flow = context.registry.requireFlow(definition, run.flow);
    if (point !== undefined) checkPoint(flow, run, point);
    const plan = planFork(flow, run, point, undoneIn(definition, run));
    if (plan.nodes.length === flow.nodes.length) {
      throw new ArgumentError(
        `fork.from is missing: everything of run ${runId} is COMPLETED; name the task from which it shall run again`,
      );
    }
    const { queue, priority, tags } = run;
    const valid = input === undefined ? input : await validInput(flow, input);
    const params = createParams(context, flow, valid, { queue, priority, tags, ...startOptions });
    const isNew = input !== undefined;
    answer = { workflow: run.workflow, flow: run.flow, isOldInput: isNew && params.inputHash !== run.inputHash };
    return { flow, plan, params: isNew ? params : { ...params, input: undefined, inputHash: run.inputHash } };
  });
  const { isOldInput, workflow, flow } = answer;
  return { ...started, workflow, flow, note: isOldInput ? noteOf(started.reused ?? []) : undefined };
}

function definitionFor(
  registry: DefinitionRegistry,
  run: OutlinedRun,
  version: string | undefined,
): WorkflowDefinition {
  const known = registry.requireByName(run.workflow);
  const definition =
    version === undefined ? (known.withVersion(run.version) ?? known.definitions.at(-1)) : known.withVersion(version);
  if (definition === undefined) throw new WorkflowNotRegisteredError(run.workflow, known.versions, version);
  return definition;
}

function checkPoint(flow: FlowGraph, { records }: OutlinedRun, { task, index }: ForkPoint): void {
  const node = requireNode(flow, task, 'fork.from');
  if (index === undefined) return;
  if (!node.mapped) {
    throw new ArgumentError(`fork.from names element ${index} of "${task}", which is not mapped; leave the index out`);
  }
  const elements = records.find((record) => record.node === task && record.index < 0)?.elements ?? Infinity;
  if (Number.isInteger(index) && index >= 0 && index < elements) return;
  const range = elements === Infinity ? 'a whole number from 0' : `a whole number from 0 to ${elements - 1}`;
  throw new ArgumentError(`fork.from.index must be ${range}, got ${String(index)}`);
}

/** What is to be known where a new input meets results of the old one. */
function noteOf(reused: readonly string[]): string | undefined {
  if (reused.length === 0) return undefined;
  const names = reused.map((name) => `"${name}"`).join(', ');
  const what = reused.length === 1 ? 'is not run again: its result was' : 'are not run again: their results were';
  return `${names} ${what} made with the input of the run that was forked`;
}

/** @throws NoWorkerError where nobody could ever execute a run */
export function requireSomeWorker({ store, worker }: Pick<StartContext, 'store' | 'worker'>): void {
  if (worker === undefined && store.kind !== 'postgres') throw new NoWorkerError(`${store.kind}:`);
}
