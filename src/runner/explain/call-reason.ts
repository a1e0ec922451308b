import type { FlowNode } from '../../graph/workflow-graph';
import type { OfferedCall } from '../../store/dispatch';
import type { StoredNode, StoredRun } from '../../store/stored-run';
import { withCallsElsewhere } from '../calls-elsewhere';
import { nameOf, noWorkerFor, serving } from './fleet';
import type { Fleet } from './fleet';
import { attemptOf, toDate } from './recorded-call';
import type { ExplainedAttempt, ExplainedNodeReason } from './reasons';
import { fullSlot } from './slot-reason';

/** By `callKey`: the calls that other workers make or are to make, without rows that the owner is about to remove. */
export type OpenCalls = ReadonlyMap<string, OfferedCall>;

export function callKey({ node, index }: { readonly node: string; readonly index: number }): string {
  return `${node} ${index}`;
}

export function openCalls({ calls = [], generation, nodes }: StoredRun): OpenCalls {
  if (calls.length === 0) return new Map();
  const recorded = new Map(nodes.map((node) => [callKey(node), node.attempt]));
  const open = calls.filter(
    (call) => call.generation === generation && call.attempt > (recorded.get(callKey(call)) ?? 0),
  );
  return new Map(open.map((call) => [callKey(call), call]));
}

/** The records of a run, with the calls of other workers: RUNNING where one has it, and PENDING where none has and there is no record. */
export function withOpenCalls(run: StoredRun, calls: OpenCalls): readonly StoredNode[] {
  const nodes = withCallsElsewhere(run);
  const shown = new Set(nodes.map(callKey));
  const queued = [...calls.values()].filter((call) => !shown.has(callKey(call)));
  return [...nodes, ...queued.map(aRecord)];
}

/** How a call stands that was offered to the workers of a task's queue. @param stored how the node is shown, the call included */
export function callReason(
  { run, fleet }: { readonly run: StoredRun; readonly fleet: Fleet },
  call: OfferedCall,
  stored: StoredNode | undefined,
  node: FlowNode | undefined,
): ExplainedNodeReason {
  const attempt = attemptNumber(run, call, stored, node);
  const found = fleet.workers.find(({ id }) => id === call.worker);
  const worker = found && nameOf(found);
  if (call.hasResult) return { code: 'result-waits', worker, ...attempt };
  if (worker !== undefined && found?.isAlive === true) {
    // Of a worker that holds some of the slots, this call may have one.
    const full = fullSlot(fleet, node, worker);
    if (full !== undefined && !full.held.some((holder) => holder.worker.id === worker.id)) return full;
    return { code: 'running', worker, since: toDate(call.claimedAt), instances: undefined, ...attempt };
  }
  const queued = { since: new Date(call.offeredAt), isTakenOver: call.worker !== undefined, ...attempt };
  const nobody = noWorkerFor(fleet, call.queue, run.workflow);
  if (nobody !== undefined) return { ...nobody, ...queued };
  return { code: 'queued', queue: call.queue, workers: serving(fleet, call.queue, run.workflow).length, ...queued };
}

function attemptNumber(
  run: StoredRun,
  call: OfferedCall,
  stored: StoredNode | undefined,
  node: FlowNode | undefined,
): ExplainedAttempt {
  return attemptOf(run, { ...(stored ?? aRecord(call)), status: 'RUNNING', attempt: call.attempt }, node);
}

function aRecord({ node, index, generation }: OfferedCall): StoredNode {
  const counts = { generation, epoch: 0, attempt: 0, attempts: [], seq: 0 };
  return { node, index, kind: 'task', shape: '', status: 'PENDING', ...counts };
}
