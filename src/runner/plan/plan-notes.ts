import type { FlowNode } from '../../graph/workflow-graph';
import type { Elements } from './plan-options';
import { worstCall } from './worst-call';

const NOT_COUNTED =
  'not counted: waits that tasks return; waiting for a worker, a place or a slot; the time of the engine and the database; calls that a crash repeats';

/** What the figures of a plan rest on, and what they leave out. */
export function planNotes(nodes: readonly FlowNode[], elements: Elements, isAssumed: boolean): string[] {
  const notes: string[] = [];
  for (const node of nodes) {
    if (worstCall(node.options).durationMs === Infinity) {
      notes.push(`"${node.name}" has no timeout: how long it takes at most cannot be told`);
    }
    if (node.options.policy !== undefined) {
      notes.push(`"${node.name}" has a policy of its own, which may call it more than once in an attempt`);
    }
  }
  const mapped = [...elements.keys()].map(({ name }) => `"${name}"`).join(', ');
  if (isAssumed && mapped !== '') {
    notes.push(`1 element is assumed for each mapped task (${mapped}); say how many by { elements }`);
  }
  return [...notes, NOT_COUNTED];
}
