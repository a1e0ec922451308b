import { isFinalNodeStatus } from '../../core/statuses';
import type { FlowGraph, FlowNode } from '../../graph/workflow-graph';
import type { StoredNode, StoredRun } from '../../store/stored-run';
import type { NotToUndo } from './reasons';

/** What is asked of the records of a run. */
export interface UndoContext {
  readonly run: StoredRun;
  readonly flow: FlowGraph | undefined;
  /** The records of nodes as a whole, by name. */
  readonly wholes: ReadonlyMap<string, StoredNode>;
}

/** Whether all nodes are over, while the run is not: what is left to do then is to undo. */
export function isUndoing({ flow, wholes }: UndoContext): boolean {
  if (flow === undefined) return false;
  return flow.nodes.every(({ name }) => isFinalNodeStatus(wholes.get(name)?.status ?? 'PENDING'));
}

/** Whether a compensation has something to undo: its task, or an element of it, went well, and in this run. */
export function isWanted({ run }: Pick<UndoContext, 'run'>, { undoes }: FlowNode): boolean {
  return run.nodes.some(
    ({ node, index, status, reusedFrom }) =>
      node === undoes?.name && status === 'COMPLETED' && reusedFrom === undefined && index >= 0 === undoes.mapped,
  );
}

/** Why a compensation that was not called need not be, or not yet: `undefined` once it is to be. */
export function notToUndo(context: UndoContext, compensation: FlowNode): NotToUndo | undefined {
  const task = compensation.undoes?.name ?? '';
  if (!isUndoing(context)) return { code: 'waits-for-end', task };
  if (isWanted(context, compensation)) return undefined;
  return { code: 'nothing-to-undo', task, status: context.wholes.get(task)?.status ?? 'PENDING' };
}

/** The compensations that come before this one: of all that is downstream of its task, by way of nodes that have none to be called. */
export function compensationsBefore(context: UndoContext, { undoes }: FlowNode): readonly FlowNode[] {
  const found = new Set<FlowNode>();
  const seen = new Set(undoes?.dependents.map(({ node }) => node));
  for (const node of seen) {
    const { compensation } = node;
    if (compensation !== undefined && isWanted(context, compensation)) found.add(compensation);
    else for (const { node: next } of node.dependents) seen.add(next);
  }
  return [...found];
}
