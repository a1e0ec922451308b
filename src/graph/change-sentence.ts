import type { NodeKind } from '../core/statuses';
import type { Edge } from './edge';
import { describeEdge } from './edge';
import type { GraphChangeDetail } from './graph-change';

/** A change as a sentence, without the full stop. */
export function changeSentence(node: string, kind: NodeKind, change: GraphChangeDetail): string {
  const name = `${kind} "${node}"`;
  switch (change.code) {
    case 'added':
      return `${name} is new`;
    case 'removed':
      return `${name} is gone`;
    case 'renamed':
      return `${kind} "${change.before}" is gone; by its edges it may be "${node}" now`;
    case 'kind-changed':
      return `"${node}" was a ${change.before} and is a ${change.after} now`;
    case 'edge-added':
      return `${name} now also needs ${named(change.edge)}`;
    case 'edge-removed':
      return `${name} no longer needs ${named(change.edge)}`;
    case 'edge-changed':
      return (
        `${name} now needs ${describeEdge({ rule: change.after, from: change.from })} ` +
        `where it needed ${describeEdge({ rule: change.before, from: change.from })}`
      );
    case 'edge-replaced':
      return `${name} now needs ${named(change.after)} instead of ${named(change.before)}`;
    case 'edges-reordered':
      return `${name} gets its values in another order: ${change.after.map(describeEdge).join(', ')}`;
    case 'option-changed':
      return `${name} has ${change.option === 'retries' ? 'other' : 'another'} ${change.option}: ${change.after} instead of ${change.before}`;
  }
}

/** A plain edge by the name it leads to, any other as it is written. */
function named(edge: Edge): string {
  return edge.rule === 'completed' ? `"${edge.from}"` : describeEdge(edge);
}
