import { formatDuration } from '../../core/durations';
import type { PlanData, PlannedNode, WorstCase } from './flow-plan';

/** A plan as a table for people. */
export function planText(plan: PlanData): string {
  const { workflow, flow, nodes, compensations, waves, criticalPath, worstCase, notes } = plan;
  const width = Math.max(...[...nodes, ...compensations].map(({ task }) => task.length));
  const rows = (planned: readonly PlannedNode[]): string[] => planned.map((node) => row(node, width));
  const lines = [
    `plan of ${workflow}.${flow}: ${count(nodes.length, 'node')} in ${count(waves.length, 'wave')}, ${bounds(worstCase)}`,
    ...rows(nodes),
    `critical path: ${criticalPath.join(' → ')}`,
  ];
  if (compensations.length > 0) {
    lines.push(`compensations, after a failure or a cancel: all together ${bounds(plan.worstCaseWithCompensations)}`);
    lines.push(...rows(compensations));
  }
  return [...lines, ...notes.map((note) => `- ${note}`)].join('\n');
}

function row({ task, wave, calls, durationMs, elements, isHandler }: PlannedNode, width: number): string {
  const marks = [
    ...(elements === undefined ? [] : [`${elements} ${elements === 1 ? 'element' : 'elements'}`]),
    ...(isHandler ? ['a handler'] : []),
  ];
  const suffix = marks.length === 0 ? '' : ` (${marks.join(', ')})`;
  return `  ${String(wave).padStart(2)}  ${task.padEnd(width)}  ${bounds({ calls, durationMs })}${suffix}`;
}

function bounds({ calls, durationMs }: WorstCase): string {
  const duration = durationMs === Infinity ? 'without a limit of time' : formatDuration(durationMs);
  return `at most ${count(calls, 'call')}, ${duration}`;
}

function count(n: number, what: string): string {
  return `${n} ${n === 1 ? what : `${what}s`}`;
}
