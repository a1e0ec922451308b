/**
 * Why a node is SKIPPED or CANCELLED, as data; kept with its record and shown by `get` and `explain`.
 *
 * - `edge-unmet`: the edge `rule(from)` can no longer be met, because `from` ended as `upstream`
 * - `skipped-by-task`: the task called `ctx.skip(reason)`
 * - `wind-down`: it could still have run, but the flow's outcome was already decided; `hasBegun` where an attempt
 *   had been made
 * - `upstream-cancelled`: it depends on `from`, which was CANCELLED
 * - `cancel`, `deadline`: the run was cancelled, or its deadline passed
 */
export type NodeReason =
  | {
      readonly code: 'edge-unmet';
      readonly rule: string;
      readonly from: string;
      readonly upstream: 'COMPLETED' | 'FAILED' | 'SKIPPED';
    }
  | { readonly code: 'skipped-by-task'; readonly reason: string }
  | { readonly code: 'wind-down'; readonly hasBegun?: true }
  | { readonly code: 'upstream-cancelled'; readonly from: string }
  | { readonly code: 'cancel' }
  | { readonly code: 'deadline' };

/** A reason as a sentence, for outcomes, errors and `explain`. */
export function describeReason(reason: NodeReason): string {
  switch (reason.code) {
    case 'edge-unmet':
      return `it needs "${reason.from}" (${reason.rule}), which is ${reason.upstream}`;
    case 'skipped-by-task':
      return reason.reason;
    case 'wind-down':
      return `the outcome of the run was decided before it could ${reason.hasBegun === true ? 'go on' : 'start'}`;
    case 'upstream-cancelled':
      return `it depends on "${reason.from}", which is CANCELLED`;
    case 'cancel':
      return 'the run was cancelled';
    case 'deadline':
      return 'the deadline of the run passed';
  }
}
