import { decode } from '../../core/codec/decode';
import { ArgumentError } from '../../core/errors/definition-error';
import { RunNotFoundError } from '../../core/errors/run-errors';
import type { WorkflowDefinition } from '../../decorators/workflow-definition';
import type { FlowGraph } from '../../graph/workflow-graph';
import type { OutlinedRun, ReuseRunParams } from '../../store/reuse';
import type { Store } from '../../store/store';
import { conflictError } from '../key-conflict';
import { observedStart } from '../observed-start';
import { createParams, startFacts } from '../start-run';
import type { StartContext, StartedRun } from '../start-run';
import type { StartOptions } from '../start-options';
import { validInput } from '../valid-input';
import type { FlowCode } from './versioned-workflow';
import { planTakeOver } from './reuse-plan';
import type { ReusePlan } from './reuse-plan';
import { readOutline } from './stored-outlines';

/** Starts a run that takes over what another one has COMPLETED with an equal ancestry. @throws RunNotFoundError, ArgumentError */
export async function startReusing(
  context: StartContext,
  { definition, flow }: FlowCode,
  input: unknown,
  { from, ...options }: StartOptions & { readonly from: string },
): Promise<StartedRun> {
  const params = createParams(context, flow, input, options);
  return createReusing(context, from, options, async (run) => {
    requireSameWorkflow(run, flow);
    return { params, flow, plan: planTakeOver(flow, run, params.inputHash, undoneIn(definition, run)) };
  });
}

/**
 * The same with the input of the other run, which is handed on as it is stored. Where this flow has a schema, and not the one that has made that input what
 * it is, it is checked.
 *
 * @throws RunNotFoundError, ArgumentError, PayloadInvalidError, PayloadCodecError
 */
export async function startWithSameInput(
  context: StartContext,
  { definition, flow }: FlowCode,
  { from, ...options }: StartOptions & { readonly from: string },
): Promise<StartedRun> {
  return createReusing(context, from, options, async (run) => {
    requireSameWorkflow(run, flow);
    const { inputSchema } = flow;
    const isFit = inputSchema === undefined || inputSchema === definition.graph.flows.get(run.flow)?.inputSchema;
    const input = isFit ? undefined : await validInput(flow, await inputOf(context.store, from));
    const made = createParams(context, flow, input, options);
    const params = isFit ? { ...made, input: undefined, inputHash: run.inputHash } : made;
    return { params, flow, plan: planTakeOver(flow, run, params.inputHash, undoneIn(definition, run)) };
  });
}

function requireSameWorkflow({ id, workflow }: OutlinedRun, flow: FlowGraph): void {
  if (workflow === flow.workflow) return;
  throw new ArgumentError(
    `start.from names run ${id} of workflow "${workflow}"; only a run of "${flow.workflow}" has results to take over`,
  );
}

async function inputOf(store: Store, runId: string): Promise<unknown> {
  const run = await store.findRun({ runId });
  if (run === undefined) throw new RunNotFoundError(runId);
  return decode(run.input);
}

/** How a run is created from another one. */
export interface ReuseDecision {
  readonly params: Omit<ReuseRunParams, 'from'>;
  readonly flow: FlowGraph;
  readonly plan: ReusePlan;
}

/**
 * Creates a run from another one, as `decide` says from the other's outline: once more when the other was retried in between.
 *
 * @throws RunNotFoundError, IdempotencyConflictError
 */
export async function createReusing(
  { store, worker, telemetry }: Pick<StartContext, 'store' | 'worker' | 'telemetry'>,
  sourceId: string,
  { idempotencyKey, manager }: Pick<StartOptions, 'idempotencyKey' | 'manager'>,
  decide: (run: OutlinedRun) => Promise<ReuseDecision>,
): Promise<StartedRun> {
  for (;;) {
    const run = await requireOutline(store, sourceId);
    const { params, flow, plan } = await decide(run);
    const from = { runId: sourceId, generation: run.generation, flowShape: flow.flow.shape, ...plan };
    const origin = { runId: sourceId, trace: run.trace };
    const created = await observedStart(telemetry, { ...startFacts(params), from: origin }, async (trace) => {
      const answer = await store.reuses.create({ ...params, from, trace });
      if (answer.kind === 'source-unknown') throw new RunNotFoundError(sourceId);
      if (answer.kind === 'conflict') throw conflictError(idempotencyKey ?? params.id, answer);
      return answer;
    });
    if (created.kind === 'source-changed') continue;
    if (created.kind === 'created' && manager === undefined) worker?.nudge();
    // Its own id: the answer to its insert was lost, and somebody has claimed it since.
    const isOwn = created.kind === 'created' || created.id === params.id;
    return { id: created.id, ended: undefined, reused: isOwn ? namesOf(plan) : undefined };
  }
}

function namesOf({ nodes, instances }: ReusePlan): readonly string[] {
  return [...nodes, ...instances.map(({ node }) => node)];
}

/** Tasks whose compensation has started there: what they did stands no longer. */
export function undoneIn({ graph }: WorkflowDefinition, { records }: OutlinedRun): ReadonlySet<string> {
  return new Set(
    records.flatMap(({ kind, node, status }) =>
      kind === 'compensation' && status !== 'PENDING' ? (graph.nodes.get(node)?.compensates ?? []) : [],
    ),
  );
}

async function requireOutline(store: Store, runId: string): Promise<OutlinedRun> {
  const run = await readOutline(store, runId);
  if (run === undefined) throw new RunNotFoundError(runId);
  return run;
}
