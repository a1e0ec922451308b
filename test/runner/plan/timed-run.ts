import { backoffDelayMs } from '../../../src/execution/backoff';
import type { FlowNode } from '../../../src/graph/workflow-graph';
import type { Command } from '../../../src/planner/commands';
import type { PlannerEvent } from '../../../src/planner/events';
import { createState, transition } from '../../../src/planner/transition';
import type { Plan } from '../../planner/scripted-run';

/** How long things take: each as a share, from 0 to 1, of the most that they may. */
export type Pace = (node: FlowNode, index: number) => number;

/** What a run that was played to its end took. */
export interface Played {
  readonly durationMs: number;
  /** Attempts by node, elements together. */
  readonly calls: ReadonlyMap<FlowNode, number>;
  /** When each node, or its last element, was over. */
  readonly endedAt: ReadonlyMap<FlowNode, number>;
  readonly isAllCompleted: boolean;
  readonly isUndone: boolean;
}

/** Plays a scripted run on a clock of its own, as a worker with room for everything would: the planner decides, and calls take their time. */
export function play({ flow, script }: Plan, pace: Pace): Played {
  const state = createState(flow);
  const due: { readonly at: number; readonly event: PlannerEvent }[] = [];
  const failures = new Map<string, number>();
  const calls = new Map<FlowNode, number>();
  const endedAt = new Map<FlowNode, number>();
  const ends = new Set<string>();
  let now = 0;
  let isOver = false;

  const endOf = (node: FlowNode, index: number): PlannerEvent => {
    const name = `${node.name}[${index}]`;
    const { failures: times, end, elements } = script(node, index);
    const failed = failures.get(name) ?? 0;
    const delayMs = backoffDelayMs(node.options.retries, failed + 1, pace(node, index));
    if (failed < times) {
      failures.set(name, failed + 1);
      return { type: 'failed', node, index, isRetryable: true, delayMs };
    }
    if (end === 'completed') return { type: 'completed', node, index, elements };
    if (end === 'failed') return { type: 'failed', node, index, isRetryable: true, delayMs };
    return { type: 'skipped', node, index, reason: 'scripted' };
  };

  const carryOut = (command: Command): void => {
    if (command.type === 'finish') isOver = true;
    else if (command.type === 'backoff') {
      due.push({ at: command.at, event: { type: 'due', node: command.node, index: command.index } });
    } else if (command.type === 'start') {
      const { node, index, totalTimeLeftMs = Infinity } = command;
      calls.set(node, (calls.get(node) ?? 0) + 1);
      const most = Math.min(node.options.timeoutMs as number, totalTimeLeftMs);
      due.push({ at: now + Math.floor(most * pace(node, index)), event: endOf(node, index) });
    } else if (
      command.type === 'record' &&
      command.change.status !== 'WAITING' &&
      command.change.status !== 'RUNNING'
    ) {
      endedAt.set(command.node, now);
      ends.add(command.change.status);
    }
  };

  transition(state, { type: 'begin', records: [] }, now).forEach(carryOut);
  while (!isOver) {
    due.sort((a, b) => a.at - b.at);
    const next = due.shift();
    if (next === undefined) throw new Error('the run is not over, and nothing can happen');
    now = next.at;
    transition(state, next.event, now).forEach(carryOut);
  }
  const isUndone = [...calls.keys()].some(({ undoes }) => undoes !== undefined);
  return { durationMs: now, calls, endedAt, isAllCompleted: ends.size === 1 && ends.has('COMPLETED'), isUndone };
}
