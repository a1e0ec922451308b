import { closestName } from './closest-name';
import type { IssueList } from './issue';
import { printable } from './issue';
import type { GraphNode } from './workflow-graph';

/** Checks that each compensation undoes a task, and each task is undone by one at most. */
export function checkCompensations(nodes: ReadonlyMap<string, GraphNode>, issues: IssueList): void {
  const byTask = new Map<string, GraphNode>();
  for (const node of nodes.values()) {
    if (node.compensates === undefined) continue;
    const task = nodes.get(node.compensates);
    if (task === undefined) {
      const meant = closestName(node.compensates, nodes.keys());
      const hint = meant === undefined ? 'correct the name' : `did you mean "${meant}"?`;
      issues.add(
        'UNKNOWN_TASK',
        node.name,
        `it compensates "${printable(node.compensates)}", which is no task of this workflow; ${hint}`,
      );
    } else if (task.kind !== 'task') {
      issues.add(
        'NOT_COMPENSABLE',
        node.name,
        `it compensates "${task.name}", which is a ${task.kind}; only tasks have effects to undo`,
      );
    }
    const earlier = byTask.get(node.compensates);
    if (earlier === undefined) byTask.set(node.compensates, node);
    else
      issues.add(
        'DUPLICATE_COMPENSATION',
        node.name,
        `"${printable(node.compensates)}" has a compensation already, "${earlier.name}"; put both into one method`,
      );
  }
}
