import type { NodeReason } from '../core/reasons';
import type { OwnCause, RunOutcome } from './commands';
import { WHOLE } from './events';
import type { NodeRef } from './events';
import { beginUndo, continueUndo } from './compensate';
import { flowFailure, nodeStateOf } from './planner-state';
import type { NodeState, PlannerState } from './planner-state';

/** How a run ends by its nodes alone. */
type OwnOutcome =
  | Exclude<RunOutcome, { readonly status: 'FAILED' }>
  | { readonly status: 'FAILED'; readonly cause: OwnCause; readonly errors: readonly NodeRef[] };

/** The one place where a run ends: when every node, handlers included, is final, and so are compensations where it did not go well. */
export function finishIfOver(state: PlannerState): void {
  if (state.openNodes > 0 || state.isFinished) return;
  const outcome = decideOutcome(state);
  if (outcome.status !== 'COMPLETED' && state.undo === undefined) {
    beginUndo(state);
    while (continueUndo(state));
  }
  if (state.undo !== undefined && state.undo.open > 0) return;
  state.isFinished = true;
  state.commands.push({ type: 'finish', outcome: withCompensations(state, outcome) });
}

/** A compensation that FAILED makes the run FAILED, also after a cancel, and is told together with what the run ended with by itself. */
function withCompensations(state: PlannerState, outcome: OwnOutcome): RunOutcome {
  const failed: NodeRef[] = [];
  for (const compensation of state.compensations) if (compensation.status === 'FAILED') addFailed(compensation, failed);
  if (outcome.status === 'COMPLETED' || failed.length === 0) return outcome;
  const first = outcome.status === 'FAILED' ? outcome.cause : ({ kind: 'cancel' } as const);
  return { status: 'FAILED', cause: { kind: 'compensation', failed, first }, errors: outcome.errors };
}

function decideOutcome(state: PlannerState): OwnOutcome {
  const flow = nodeStateOf(state, state.flow.flow);
  const isCancelled = state.cancel === 'cancel';
  if (!isCancelled && (state.cancel === 'deadline' || state.hadDeadline)) return failed(state, { kind: 'deadline' });
  if (isCancelled || flow.status === 'CANCELLED') {
    return { status: 'CANCELLED', errors: failedRefs(state, undefined) };
  }
  if (flow.status === 'COMPLETED') return { status: 'COMPLETED', errors: failedRefs(state, undefined) };
  const failure = flowFailure(state);
  return failed(state, failure === undefined ? skipCause(state, flow) : { kind: 'node', ...failure });
}

function failed(state: PlannerState, cause: OwnCause): OwnOutcome {
  return { status: 'FAILED', cause, errors: failedRefs(state, cause.kind === 'node' ? cause : undefined) };
}

/** Every FAILED node in definition order, a mapped one by its instances, except the one that is the cause. */
function failedRefs(state: PlannerState, cause: NodeRef | undefined): NodeRef[] {
  const refs: NodeRef[] = [];
  if (state.failedNodes === 0) return refs;
  for (const node of state.nodes) if (node.status === 'FAILED') addFailed(node, refs);
  return refs.filter(({ node, index }) => cause?.node !== node || cause.index !== index);
}

/** A FAILED node; of a mapped one its FAILED instances. */
function addFailed({ node, instances }: NodeState, refs: NodeRef[]): void {
  if (instances === undefined || instances.ended.FAILED === 0) refs.push({ node, index: WHOLE });
  else
    instances.calls.forEach(({ status }, index) => {
      if (status === 'FAILED') refs.push({ node, index });
    });
}

/** Where the skip of the flow began: the first node, in definition order, that no other node's skip explains. */
function skipCause(state: PlannerState, flow: NodeState): OwnCause {
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
