import { decode } from '../core/codec/decode';
import { encode } from '../core/codec/encode';
import { hashOf } from '../core/codec/hash';
import { RunNotFoundError, RunNotHeldError } from '../core/errors/run-errors';
import type { WorkflowDefinition } from '../decorators/workflow-definition';
import type { WorkflowRef } from '../decorators/workflow-types';
import type { FlowGraph } from '../graph/workflow-graph';
import { isHeld } from '../store/held-runs';
import { requireSomeWorker } from './change/fork-run';
import { conflictError } from './key-conflict';
import { observedStart } from './observed-start';
import { onlyFlowOf, requireOnlyFlow } from './only-flow';
import type { HandledRun } from './run-handle';
import type { RunnerParts } from './runner-parts';
import { startContext } from './start-flow';
import type { StartOptions } from './start-options';
import { createParams } from './start-run';
import { validInput } from './valid-input';

/** How a held run is created. */
export interface HoldOptions extends Pick<StartOptions, 'id' | 'idempotencyKey' | 'queue' | 'priority' | 'tags'> {
  /** Default: the workflow's flow, where it has one; otherwise it stays open until `execute` names it. */
  readonly flow?: string;
  /** Checked as soon as the flow is known, and kept as it is. Default: `undefined`, and `execute` may give another. */
  readonly input?: unknown;
}

/** What a held run is set going with. */
export interface ExecuteOptions {
  /** Default: that of `hold`. */
  readonly flow?: string;
  /** Default: that of `hold`. */
  readonly input?: unknown;
}

/** Creates a run that waits for `executeHeld`, or finds the one that has its key. */
export async function holdRun(
  parts: RunnerParts,
  workflow: WorkflowRef,
  { flow: named, input, ...options }: HoldOptions,
): Promise<HandledRun> {
  const definition = parts.registry.require(workflow);
  const flow = named === undefined ? onlyFlowOf(definition) : parts.registry.requireFlow(definition, named);
  requireSomeWorker(parts);
  const { name, version } = definition.graph;
  // Only checked: what the schema makes of it is made once, when the run is executed.
  if (flow !== undefined && input !== undefined) await validInput(flow, input);
  const params =
    flow === undefined
      ? { ...openParams(parts, definition, input, options), workflow: name, version }
      : createParams(startContext(parts), flow, input, options);
  const { manager: _, ...kept } = params;
  const held = await parts.store.held.hold({ ...kept, fingerprint: '' });
  if (held.kind === 'conflict') throw conflictError(options.idempotencyKey ?? kept.id, held);
  return { id: held.id, workflow: name, flow: kept.flow };
}

/** Sets a held run going. */
export async function executeHeld(parts: RunnerParts, runId: string, options: ExecuteOptions): Promise<HandledRun> {
  const { store, registry, worker, telemetry, maxValueBytes } = parts;
  const run = await store.findRun({ runId });
  if (run === undefined) throw new RunNotFoundError(runId);
  if (!isHeld(run)) throw new RunNotHeldError(runId, run.status);
  const known = registry.requireByName(run.workflow);
  const definition = known.withVersion(run.version) ?? (known.definitions.at(-1) as WorkflowDefinition);
  const name = options.flow ?? (run.flow === '' ? undefined : run.flow);
  const flow =
    name === undefined ? requireOnlyFlow(definition, 'execute.flow') : registry.requireFlow(definition, name);
  const input = await validInput(flow, 'input' in options ? options.input : decode(run.input));
  const text = encode(input, { what: `input of ${flow.workflow}.${flow.flow.name}`, maxBytes: maxValueBytes });
  // An open run's queue was a guess, if nobody named it.
  const queue = run.flow === '' && run.queue === 'default' ? (flow.flow.options.queue ?? 'default') : run.queue;
  const facts = { runId, workflow: run.workflow, flow: flow.flow.name, queue };
  await observedStart(telemetry, facts, async (trace) => {
    const released = await store.held.release({
      runId,
      workflow: run.workflow,
      version: definition.graph.version,
      flow: flow.flow.name,
      fingerprint: flow.fingerprint,
      queue,
      input: text,
      inputHash: hashOf(text),
      trace,
    });
    if (released.kind === 'unknown') throw new RunNotFoundError(runId);
    if (released.kind === 'refused') throw new RunNotHeldError(runId, released.status);
    return { kind: 'created' as const };
  });
  worker?.nudge();
  return { id: runId, workflow: run.workflow, flow: flow.flow.name };
}

/** As of any other run, but for what only a flow can say. */
function openParams(parts: RunnerParts, { graph }: WorkflowDefinition, input: unknown, options: StartOptions) {
  const [some] = graph.flows.values();
  const params = createParams(startContext(parts), some as FlowGraph, input, options);
  return { ...params, queue: options.queue ?? 'default', flow: '' };
}
