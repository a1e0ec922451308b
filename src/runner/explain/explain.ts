import { RunNotFoundError } from '../../core/errors/run-errors';
import { isFinalRunStatus } from '../../core/statuses';
import type { FlowGraph, FlowNode } from '../../graph/workflow-graph';
import type { Store } from '../../store/store';
import type { StoredRun } from '../../store/stored-run';
import { readRefusals } from '../change/code-refusal';
import type { DefinitionRegistry } from '../definition-registry';
import { SlotNeeds } from '../slot-needs';
import type { QueueLimits } from '../slot-needs';
import { explainRun } from './explanation';
import type { Explanation } from './explanation';
import { serving } from './fleet';
import type { Fleet, KnownSlots } from './fleet';
import { MANY } from './run-sentence';

export interface ExplainSource {
  readonly store: Store;
  readonly registry: DefinitionRegistry;
  /** As this process knows them; they are the same in all. */
  readonly queueLimits: QueueLimits;
}

/** Reads what an explanation needs. The run may go on between the reads: it is told as it was at about one moment. @throws RunNotFoundError, ArgumentError */
export async function explain(source: ExplainSource, runId: string, task: string | undefined): Promise<Explanation> {
  const { store, registry } = source;
  const run = await store.findRun({ runId });
  if (run === undefined) throw new RunNotFoundError(runId);
  const flow = registry.codeOf(run)?.flow;
  const slots = await findSlots(source, run, flow);
  // One that has made a call may be dead by now, and is told by its name all the same.
  const callers = run.calls?.map(({ worker }) => worker) ?? [];
  const include = new Set([run.owner, ...callers].filter((id) => id !== undefined));
  const fleet: Fleet = { ...(await store.listWorkers({ include: [...include] })), slots };
  const isClaimable = run.status === 'PENDING' || run.status === 'WAITING';
  const before = isClaimable ? await countBefore(store, run, fleet) : 0;
  return explainRun(run, flow, fleet, before, task, isClaimable ? await readRefusals(store, run) : []);
}

/** What stands before the run for those who could claim it: of each queue, workers take the runs of all workflows that they have. */
async function countBefore(store: Store, run: StoredRun, fleet: Fleet): Promise<number> {
  const workflows = serving(fleet, run.queue, run.workflow).flatMap((worker) => worker.workflows);
  if (workflows.length === 0) return 0;
  return store.countBefore({ runId: run.id, workflows: [...new Set(workflows)], limit: MANY });
}

/** Nothing is asked for a run whose nodes are under no limit. */
async function findSlots(
  { store, queueLimits }: ExplainSource,
  run: StoredRun,
  flow: FlowGraph | undefined,
): Promise<KnownSlots | undefined> {
  if (flow?.fingerprint !== run.fingerprint || isFinalRunStatus(run.status)) return undefined;
  const needs = new SlotNeeds(run, queueLimits);
  const nodes: readonly FlowNode[] = [...flow.nodes, ...flow.compensations.values()];
  const keys = new Map(nodes.map((node) => [node, keysOf(needs, node)]));
  const all = [...new Set([...keys.values()].flat())];
  if (all.length === 0) return undefined;
  const uses = await store.findSlots({ keys: all });
  return { uses, keysOf: (node) => keys.get(node) ?? [] };
}

function keysOf(needs: SlotNeeds, node: FlowNode): readonly string[] {
  try {
    return needs.of(node)?.map(({ key }) => key) ?? [];
  } catch {
    // A key function that throws fails the task, without a call.
    return [];
  }
}
