import type { NodeKind } from '../../core/statuses';
import { planText } from './plan-text';

/** What one node of a flow can take at most. */
export interface PlannedNode {
  readonly task: string;
  readonly kind: NodeKind;
  /** From 1; nodes of one wave do not wait for each other. Compensations have waves of their own. */
  readonly wave: number;
  /** It runs because of what happened to others: it has a `failed` edge or is `always`. */
  readonly isHandler: boolean;
  /** Elements it was planned with; `undefined` for a node that is not mapped. */
  readonly elements: number | undefined;
  /** Attempts at most, of all its elements together. */
  readonly calls: number;
  /** At most, ms: all attempts and the delays between them, elements that cannot run side by side one after the other; `Infinity` without a timeout. */
  readonly durationMs: number;
  /** The latest instant at which it can be over, ms after the run began; of a compensation, ms after all else was over. */
  readonly endsAfterMs: number;
}

/** Bounds of a whole run. */
export interface WorstCase {
  /** At most, ms; `Infinity` where something has no timeout. */
  readonly durationMs: number;
  /** Attempts at most. */
  readonly calls: number;
}

/** Everything a plan tells, as data. */
export interface PlanData {
  readonly workflow: string;
  readonly flow: string;
  /** All nodes of the flow, each after what it waits for. */
  readonly order: readonly string[];
  /** Nodes that do not wait for each other, wave by wave. */
  readonly waves: readonly (readonly string[])[];
  /** In the order of `order`. */
  readonly nodes: readonly PlannedNode[];
  /** In the order in which they would be called. */
  readonly compensations: readonly PlannedNode[];
  /** The chain of nodes that the longest run spends its time in. */
  readonly criticalPath: readonly string[];
  /** Until every node is over, handlers included. */
  readonly worstCase: WorstCase;
  /** The same with every compensation after it; equal where there are none. */
  readonly worstCaseWithCompensations: WorstCase;
  /** What the figures rest on, and what they leave out, in sentences. */
  readonly notes: readonly string[];
}

/** What a run of a flow will execute, and the most that it can take. `toString` is all of it for people. */
export interface FlowPlan extends PlanData {
  toString(): string;
}

/** @internal plans come from `WorkflowRunner.plan` */
export function toFlowPlan(data: PlanData): FlowPlan {
  // Not enumerable: a plan is data to whoever stores or compares it.
  return Object.defineProperty({ ...data }, 'toString', { value: () => planText(data) });
}
