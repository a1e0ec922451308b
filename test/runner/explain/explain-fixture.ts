import type { OfferedCall } from '../../../src/store/dispatch';
import type { StoredWorker } from '../../../src/store/list-workers';
import type { StoredNode, StoredRun } from '../../../src/store/stored-run';

/** The store's clock in these tests. */
export const NOW = Date.UTC(2026, 0, 31, 12);

/** `NOW` and some seconds. */
export function at(seconds: number): number {
  return NOW + seconds * 1_000;
}

export function aRun(overrides: Partial<StoredRun> = {}): StoredRun {
  return {
    id: '0190d6f0-0000-7000-8000-000000000001',
    workflow: 'orders',
    flow: 'main',
    fingerprint: 'f1',
    status: 'PENDING',
    queue: 'default',
    priority: 0,
    tags: [],
    input: '1',
    epoch: 0,
    generation: 1,
    crashes: 0,
    isCancelRequested: false,
    createdAt: at(-60),
    refused: [],
    nodes: [],
    ...overrides,
  };
}

export function aNode(node: string, overrides: Partial<StoredNode> = {}): StoredNode {
  return {
    node,
    index: -1,
    kind: 'task',
    shape: 's',
    status: 'COMPLETED',
    generation: 1,
    epoch: 1,
    attempt: 1,
    attempts: [],
    seq: 1,
    ...overrides,
  };
}

export function aWorker(id: string, overrides: Partial<StoredWorker> = {}): StoredWorker {
  return {
    id,
    label: `host:${id}`,
    queues: ['default'],
    workflows: ['orders'],
    registeredAt: at(-600),
    seenAt: at(-1),
    leaseUntil: at(9),
    isAlive: true,
    ...overrides,
  };
}

/** A worker whose lease has ended. */
export function aSilentWorker(id: string): StoredWorker {
  return aWorker(id, { isAlive: false, leaseUntil: at(-5) });
}

/** A call that was offered to the workers of queue `gpu`. */
export function aCall(node: string, overrides: Partial<OfferedCall> = {}): OfferedCall {
  const call = { index: -1, attempt: 1, generation: 1, queue: 'gpu', offeredAt: at(-40), crashes: 0, hasResult: false };
  return { node, ...call, ...overrides };
}
