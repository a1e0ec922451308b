import type { NodeKind } from '../../core/statuses';

/** Where values belong. A value is opened under the very text under which it was sealed, so none of these may ever change. */

/** Forks copy inputs from run to run. */
export function inputOf(workflow: string): string {
  return `input of ${workflow}`;
}

export function inputHashOf(workflow: string): string {
  return `hash of an input of ${workflow}`;
}

/** The output of a run is that of its flow, whether or not that has a row of its own. @param runId of the run that made the record */
export function outputOf(runId: string, { node, index, kind }: NodeAddress): string {
  return kind === 'flow' ? runOutput(runId) : `output of ${runId} ${node} ${index}`;
}

export function runOutput(runId: string): string {
  return `output of ${runId}`;
}

export function resultOf(runId: string, { node, index }: Omit<NodeAddress, 'kind'>): string {
  return `result of ${runId} ${node} ${index}`;
}

export function childInputIn(runId: string): string {
  return `input of a child of ${runId}`;
}

export function signalOf(runId: string): string {
  return `signal of ${runId}`;
}

export function linesOf(runId: string): string {
  return `log of ${runId}`;
}

export function scheduleOf(name: string): string {
  return `schedule ${name}`;
}

/** Copied between runs. */
export const SKIP_REASON = 'reason';

interface NodeAddress {
  readonly node: string;
  readonly index: number;
  readonly kind: NodeKind;
}
