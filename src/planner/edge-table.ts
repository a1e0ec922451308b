import type { FinalNodeStatus } from '../core/statuses';
import type { EdgeRule } from '../graph/edge';
import type { FlowEdge, FlowNode } from '../graph/workflow-graph';

/**
 * What a final upstream does to an edge: `met` (the edge waits no longer), `unmet` (its node is SKIPPED) or `cancelled`
 * (its node is CANCELLED).
 */
export type EdgeVerdict = 'met' | 'unmet' | 'cancelled';

const TABLE: Readonly<Record<EdgeRule, Readonly<Record<FinalNodeStatus, EdgeVerdict>>>> = {
  completed: { COMPLETED: 'met', FAILED: 'unmet', SKIPPED: 'unmet', CANCELLED: 'cancelled' },
  optional: { COMPLETED: 'met', FAILED: 'unmet', SKIPPED: 'met', CANCELLED: 'cancelled' },
  settled: { COMPLETED: 'met', FAILED: 'met', SKIPPED: 'met', CANCELLED: 'cancelled' },
  failed: { COMPLETED: 'unmet', FAILED: 'met', SKIPPED: 'unmet', CANCELLED: 'cancelled' },
  each: { COMPLETED: 'met', FAILED: 'unmet', SKIPPED: 'unmet', CANCELLED: 'cancelled' },
  all: { COMPLETED: 'met', FAILED: 'unmet', SKIPPED: 'unmet', CANCELLED: 'cancelled' },
  allSettled: { COMPLETED: 'met', FAILED: 'met', SKIPPED: 'met', CANCELLED: 'cancelled' },
};

/** Applies the edge table to `edge` of `node`. An `always` task also takes a CANCELLED upstream as settled. */
export function judgeEdge(node: FlowNode, edge: FlowEdge, upstream: FinalNodeStatus): EdgeVerdict {
  if (upstream === 'CANCELLED' && node.always && (edge.rule === 'settled' || edge.rule === 'allSettled')) return 'met';
  return TABLE[edge.rule][upstream];
}
