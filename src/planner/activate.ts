import { isFinalNodeStatus } from '../core/statuses';
import { beginCall } from './attempt';
import type { CallState } from './call-state';
import { WHOLE } from './events';
import type { RestoredNode } from './events';
import { nodeStateOf } from './planner-state';
import type { Instances, NodeState, PlannerState } from './planner-state';
import { countInstance, settleIfAllFinal, settleNode } from './settle';

/**
 * The last edge of a node is met. It is only put in line: the edge table must be applied everywhere before anything starts,
 * because it may show that the flow can no longer run. A map over an empty array needs no start and is COMPLETED here.
 */
export function makeReady(state: PlannerState, node: NodeState): void {
  if (node.node.mapped) {
    const elements = elementsOf(state, node);
    if (elements === 0) {
      settleNode(state, node, { status: 'COMPLETED', elements });
      return;
    }
    // What is restored may already have failed, and that too must be known before anything starts.
    if (node.isActivated || node.restored !== undefined) openInstances(state, node, elements);
  }
  state.ready.push(node);
}

/** Starts what is in line, wherever wind-down did not end it first. */
export function startReady(state: PlannerState): void {
  for (const node of state.ready) {
    if (node.node.mapped) startInstances(state, node);
    else if (node.status === 'PENDING') beginCall(state, node, WHOLE, node);
  }
  state.ready.length = 0;
}

/** Gives a mapped node its instances, those that were restored included. */
export function openInstances(state: PlannerState, node: NodeState, elements: number): Instances {
  const calls = Array.from({ length: elements }, createCall);
  const instances: Instances = { calls, open: elements, ended: { COMPLETED: 0, FAILED: 0, SKIPPED: 0, CANCELLED: 0 } };
  node.elements = elements;
  node.instances = instances;
  for (const record of node.restored ?? []) {
    const call = calls[record.index];
    if (call === undefined) continue;
    restoreCall(call, record);
    if (isFinalNodeStatus(record.status)) {
      call.status = record.status;
      countInstance(instances, record.status);
    }
  }
  node.restored = undefined;
  if (isFinalNodeStatus(node.status)) return instances;
  node.status = 'RUNNING';
  if (instances.ended.FAILED > 0) state.settled.push(node);
  settleIfAllFinal(state, node, instances);
  return instances;
}

/** Takes over everything but the status. */
export function restoreCall(call: CallState, record: RestoredNode): void {
  call.reason = record.reason;
  call.attempt = record.attempt;
  call.failures = record.failures ?? defaultFailures(record);
  call.firstStartedAt = record.firstStartedAt;
  call.wakeAt = record.status === 'WAITING' ? record.wakeAt : undefined;
  call.isReused = record.isReused === true;
  call.isWait = record.status === 'WAITING' && record.isWait === true;
}

function startInstances(state: PlannerState, node: NodeState): void {
  if (isFinalNodeStatus(node.status)) return;
  const { calls } = node.instances ?? openInstances(state, node, elementsOf(state, node));
  if (!node.isActivated) {
    node.isActivated = true;
    const change = { status: 'RUNNING', elements: calls.length } as const;
    state.commands.push({ type: 'record', node: node.node, index: WHOLE, change });
  }
  // From where it stopped before: over all of a map, each instance is looked at once.
  while (node.nextInstance < calls.length && node.begunInstances < node.maxBegun) {
    const index = node.nextInstance++;
    const call = calls[index] as CallState;
    if (call.status !== 'PENDING') continue;
    node.begunInstances += 1;
    beginCall(state, node, index, call);
    // Restored, and past its totalTimeout: it is over without having begun.
    if (isFinalNodeStatus(call.status)) node.begunInstances -= 1;
  }
}

/** The latest call of a RUNNING record died with its worker: that is no failure of the task. */
function defaultFailures({ status, attempt }: RestoredNode): number {
  if (status === 'PENDING') return 0;
  return status === 'RUNNING' ? attempt - 1 : attempt;
}

/** How many instances a mapped node has, or will have: one per element of the array it is mapped over. */
export function elementsOf(state: PlannerState, node: NodeState): number {
  const upstream = node.node.edges[node.node.eachEdge]?.upstream;
  const elements = node.elements ?? (upstream && nodeStateOf(state, upstream).elements);
  if (elements === undefined) {
    throw new TypeError(
      `"${node.node.name}" is mapped over "${upstream?.name}", which is COMPLETED without a number of elements; ` +
        'give `elements` with its event or record, or report a value that is no array as failed',
    );
  }
  return elements;
}

export function createCall(): CallState {
  return {
    status: 'PENDING',
    reason: undefined,
    attempt: 0,
    failures: 0,
    firstStartedAt: undefined,
    wakeAt: undefined,
    isWait: false,
    isReused: false,
  };
}
