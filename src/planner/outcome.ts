import type { NodeReason } from '../core/reasons';
import type { FailureCause, RunOutcome } from './commands';
import { WHOLE } from './events';
import type { NodeRef } from './events';
import { flowFailure, lowestFailedIndex, nodeStateOf } from './planner-state';
import type { NodeState, PlannerState } from './planner-state';

/** The one place where a run ends: when every node, handlers included, is final. */
export function finishIfOver(state: PlannerState): void {
  if (state.openNodes > 0 || state.isFinished) return;
  state.isFinished = true;
  state.commands.push({ type: 'finish', outcome: decideOutcome(state) });
}

function decideOutcome(state: PlannerState): RunOutcome {
  const flow = nodeStateOf(state, state.flow.flow);
  if (state.cancel === 'deadline') return failed(state, { kind: 'deadline' });
  if (state.cancel === 'cancel' || flow.status === 'CANCELLED') {
    return { status: 'CANCELLED', errors: failedRefs(state, undefined) };
  }
  if (flow.status === 'COMPLETED') return { status: 'COMPLETED', errors: failedRefs(state, undefined) };
  const failure = flowFailure(state);
  return failed(state, failure === undefined ? skipCause(state, flow) : { kind: 'node', ...failure });
}

function failed(state: PlannerState, cause: FailureCause): RunOutcome {
  return { status: 'FAILED', cause, errors: failedRefs(state, cause.kind === 'node' ? cause : undefined) };
}

/** Every FAILED node in definition order, a mapped one by its instances, except the one that is the cause. */
function failedRefs(state: PlannerState, cause: NodeRef | undefined): NodeRef[] {
  const refs: NodeRef[] = [];
  if (state.failedNodes === 0) return refs;
  const add = (node: NodeState, index: number): void => {
    if (cause?.node !== node.node || cause.index !== index) refs.push({ node: node.node, index });
  };
  for (const node of state.nodes) {
    if (node.status !== 'FAILED') continue;
    if (lowestFailedIndex(node) === WHOLE) add(node, WHOLE);
    else node.instances?.calls.forEach((call, index) => call.status === 'FAILED' && add(node, index));
  }
  return refs;
}

/** Where the skip of the flow began: the first node, in definition order, that no other node's skip explains. */
function skipCause(state: PlannerState, flow: NodeState): FailureCause {
  for (const node of state.nodes) {
    const reason = node.isImplicated ? ownReason(state, node) : undefined;
    if (reason !== undefined) return { kind: 'flow-skipped', node: node.node, reason };
  }
  return { kind: 'flow-skipped', node: flow.node, reason: { code: 'skipped-by-task', reason: '' } };
}

function ownReason(state: PlannerState, node: NodeState): NodeReason | undefined {
  if (node.reason?.code === 'skipped-by-task') return node.reason;
  const edge = node.node.edges.find(
    ({ rule, upstream }) => rule === 'failed' && nodeStateOf(state, upstream).status === 'COMPLETED',
  );
  return edge && { code: 'edge-unmet', rule: edge.rule, from: edge.from, upstream: 'COMPLETED' };
}
