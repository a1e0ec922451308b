import type { TaskContext } from '../../src/core/task-context';
import type { AttemptRequest } from '../../src/execution/attempt-request';
import { runAttempt } from '../../src/execution/run-attempt';
import type { Attempt } from '../../src/execution/run-attempt';
import type { NodeOptions } from '../../src/graph/node-options';
import type { FlowNode } from '../../src/graph/workflow-graph';
import { MemoryLogger } from '../fixtures/memory-logger';
import { VirtualClock } from '../fixtures/virtual-clock';
import { noChildren } from '../fixtures/no-children';

export const RETRIES = { max: 3, backoff: 'constant', initialDelayMs: 100, maxDelayMs: 1_000, jitter: false } as const;

export function nodeWith(options: Partial<NodeOptions> = {}, parts: Partial<FlowNode> = {}): FlowNode {
  return {
    position: 0,
    name: 'pay',
    kind: 'task',
    edges: [],
    dependents: [],
    mapped: false,
    eachEdge: -1,
    handler: false,
    always: false,
    shape: '',
    options: { retries: RETRIES, timeoutMs: false, totalTimeoutMs: false, transactional: false, ...options },
    ...parts,
  };
}

export interface AttemptFixture {
  readonly clock: VirtualClock;
  readonly logger: MemoryLogger;
  readonly attempt: Attempt;
}

/** An attempt on a virtual clock. */
export function attemptOf(
  call: (context: TaskContext) => unknown,
  parts: Partial<AttemptRequest> = {},
): AttemptFixture {
  const clock = new VirtualClock();
  const logger = new MemoryLogger();
  const request: AttemptRequest = {
    workflow: 'shop',
    runId: 'run-1',
    node: nodeWith(),
    index: -1,
    attempt: 1,
    failures: 0,
    idempotencyKey: 'run-1:pay',
    input: '{"order":1}',
    environment: { flowOf: noChildren, clock, isSystemClock: false, logger, random: () => 0.5, maxValueBytes: 1_000 },
    ...parts,
  };
  const attempt = runAttempt(request, { call });
  return { clock, logger, attempt };
}

/** The same on the machine's clock, where Cockatiel's timeout does the work. */
export function systemAttemptOf(call: (context: TaskContext) => unknown, parts: Partial<AttemptRequest> = {}): Attempt {
  const clock = {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    setTimer: (delayMs: number, callback: () => void) => {
      const handle = setTimeout(callback, delayMs);
      return { cancel: () => clearTimeout(handle) };
    },
  };
  const environment = {
    clock,
    flowOf: noChildren,
    isSystemClock: true,
    logger: new MemoryLogger(),
    random: () => 0.5,
    maxValueBytes: 1_000,
  };
  return attemptOf(call, { environment, ...parts }).attempt;
}

export function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((ok, no) => ([resolve, reject] = [ok, no]));
  return { promise, resolve, reject };
}
