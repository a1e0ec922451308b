import type { Edge, EdgeRule } from './edge';
import { describeEdge } from './edge';
import type { IssueList } from './issue';
import { isWholeNumber, kindOf } from './option-reader';

const RULES: readonly EdgeRule[] = ['completed', 'optional', 'settled', 'failed', 'each', 'all', 'allSettled'];

/** Reads a `dependsOn`: the edges that are edges, none of them twice. */
export function parseDependencies(dependsOn: unknown, node: string, issues: IssueList): Edge[] {
  if (dependsOn === undefined) return [];
  if (!Array.isArray(dependsOn)) {
    issues.add('INVALID_OPTION', node, `dependsOn must be an array of names and edges, got ${kindOf(dependsOn)}`);
    return [];
  }
  const byUpstream = new Map<string, Edge>();
  for (let i = 0; i < dependsOn.length; i++) {
    const edge = toEdge(dependsOn[i], node, issues);
    if (edge === undefined) {
      issues.add('INVALID_DEPENDENCY', node, `dependsOn[${i}] ${explain(dependsOn[i])}`);
      continue;
    }
    const earlier = byUpstream.get(edge.from);
    if (earlier === undefined) byUpstream.set(edge.from, edge);
    else
      issues.add(
        'DUPLICATE_DEPENDENCY',
        node,
        `dependsOn names "${edge.from}" twice, as ${describeEdge(earlier)} and as ${describeEdge(edge)}; keep one of them`,
      );
  }
  return [...byUpstream.values()];
}

function toEdge(entry: unknown, node: string, issues: IssueList): Edge | undefined {
  if (typeof entry === 'string') return { rule: 'completed', from: entry };
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { rule, from, maxConcurrency } = entry as Partial<Edge>;
  if (typeof from !== 'string' || !RULES.includes(rule as EdgeRule)) return undefined;
  const edge = { rule: rule as EdgeRule, from };
  if (maxConcurrency === undefined) return edge;
  if (rule === 'each' && isWholeNumber(maxConcurrency, 1)) return { ...edge, maxConcurrency };
  const expected = rule === 'each' ? 'a whole number from 1 on' : 'left out: only each has it';
  issues.add(
    'INVALID_OPTION',
    node,
    `maxConcurrency of ${describeEdge(edge)} must be ${expected}, got ${kindOf(maxConcurrency)}`,
  );
  return edge;
}

function explain(entry: unknown): string {
  if (entry === undefined) {
    return 'is undefined: the constant it is taken from is not set yet, usually because two files import each other; write the name as a string';
  }
  if (typeof entry === 'function') return 'is a function; name the task as a string';
  return `must be a task's name, or an edge made by optional, settled, failed, each, all or allSettled; got ${kindOf(entry)}`;
}
