import { isFinalNodeStatus } from '../core/statuses';
import type { OfferedCall } from '../store/dispatch';
import type { StoredNode, StoredRun } from '../store/stored-run';

/** The records of a run, with what other workers are calling shown as RUNNING: its owner records only how that ends. */
export function withCallsElsewhere({ nodes, calls = [], generation }: StoredRun): readonly StoredNode[] {
  const running = calls.filter((call) => call.worker !== undefined && call.generation === generation);
  if (running.length === 0) return nodes;
  const shown = new Map(nodes.map((node) => [keyOf(node.node, node.index), node]));
  for (const call of running) {
    const key = keyOf(call.node, call.index);
    const known = shown.get(key);
    const isOlder = known !== undefined && (isFinalNodeStatus(known.status) || known.attempt >= call.attempt);
    if (!isOlder) shown.set(key, toRunning(call, known));
  }
  return [...shown.values()];
}

function toRunning(call: OfferedCall, known: StoredNode | undefined): StoredNode {
  const { node, index, attempt, generation } = call;
  return {
    ...(known ?? { node, index, kind: 'task', shape: '', generation, epoch: 0, attempts: [], seq: 0 }),
    status: 'RUNNING',
    attempt,
    startedAt: known?.startedAt ?? call.claimedAt,
    error: undefined,
    wakeAt: undefined,
  };
}

function keyOf(node: string, index: number): string {
  return `${node} ${index}`;
}
