import { randomUUID } from 'node:crypto';
import { UuidV7Generator } from '../../../src/core/ids';
import type { CreateRunParams } from '../../../src/store/create-run';
import type { NodeWrite, RecordParams, RunChange } from '../../../src/store/record';
import type { Store } from '../../../src/store/store';
import type { ClaimedRun, ClaimParams, PollResult } from '../../../src/store/worker-lease';

/** What a store's suite is given: the store, and how it differs from the others. */
export interface Harness {
  readonly store: Store;
  /** Another instance over the same data; the same one where there cannot be two. */
  readonly other: Store;
}

/** Every case has a queue of its own, so that cases do not see each other's runs. */
export interface Scene extends Harness {
  readonly queue: string;
  newRun(overrides?: Partial<CreateRunParams>): CreateRunParams;
  claimOf(overrides?: Partial<ClaimParams>): ClaimParams;
  newWorker(): Promise<string>;
  poll(workerId: string, overrides?: Partial<ClaimParams>): Promise<Extract<PollResult, { kind: 'alive' }>>;
  /** A run that `workerId` owns, just created. */
  ownedRun(
    workerId: string,
    overrides?: Partial<CreateRunParams>,
  ): Promise<{ readonly runId: string; readonly epoch: number }>;
  status(runId: string): Promise<string | undefined>;
}

export const LEASE_MS = 60_000;

const ids = new UuidV7Generator();

export function newId(): string {
  return ids.next(Date.now(), randomUUID());
}

export function sceneOf(harness: Harness): Scene {
  const { store } = harness;
  const queue = `q-${randomUUID()}`;
  const claimOf = (overrides: Partial<ClaimParams> = {}): ClaimParams => ({
    queues: [queue],
    workflows: ['orders'],
    fingerprints: ['f1'],
    limit: 100,
    ...overrides,
  });
  const newRun = (overrides: Partial<CreateRunParams> = {}): CreateRunParams => ({
    id: newId(),
    workflow: 'orders',
    flow: 'main',
    fingerprint: 'f1',
    queue,
    priority: 0,
    tags: [],
    input: '{"total":1}',
    inputHash: 'h1',
    ...overrides,
  });
  return {
    ...harness,
    queue,
    newRun,
    claimOf,
    async newWorker() {
      const workerId = randomUUID();
      await store.registerWorker({
        workerId,
        leaseMs: LEASE_MS,
        queues: [queue],
        workflows: ['orders'],
        label: 'test',
      });
      return workerId;
    },
    async poll(workerId, overrides) {
      const result = await store.poll({ workerId, leaseMs: LEASE_MS, claim: claimOf(overrides) });
      if (result.kind !== 'alive') throw new Error('the worker was expected to be alive');
      return result;
    },
    async ownedRun(workerId, overrides) {
      const created = await store.createRun(newRun({ claim: { workerId }, ...overrides }));
      if (created.kind !== 'created' || !created.owned)
        throw new Error(`expected an owned run, got ${JSON.stringify(created)}`);
      return { runId: created.id, epoch: created.epoch };
    },
    async status(runId) {
      return (await store.findRun({ runId }))?.status;
    },
  };
}

export function aNode(overrides: Partial<NodeWrite> = {}): NodeWrite {
  return {
    node: 'pay',
    index: -1,
    kind: 'task',
    shape: 's1',
    status: 'COMPLETED',
    attempt: 1,
    attempts: [],
    output: '"paid"',
    startedAt: 1_000,
    finishedAt: 2_000,
    ...overrides,
  };
}

/** The flow of `newRun`, COMPLETED with the output that `finish` gives the run. */
export function aFlow(overrides: Partial<NodeWrite> = {}): NodeWrite {
  return aNode({ node: 'main', kind: 'flow', output: '"done"', startedAt: 1_500, ...overrides });
}

export function aRecord(
  run: { readonly runId: string; readonly epoch: number },
  overrides: Partial<RecordParams> = {},
): RecordParams {
  return { runId: run.runId, epoch: run.epoch, inbox: 0, generation: 1, hasCrashes: false, nodes: [], ...overrides };
}

export function finish(
  status: 'COMPLETED' | 'FAILED' | 'CANCELLED' = 'COMPLETED',
  acknowledgesCancel = false,
): RunChange {
  const ended = status === 'FAILED' ? { error: '{"name":"Error","message":"Card declined"}' } : { output: '"done"' };
  return { kind: 'finish', status, acknowledgesCancel, ...ended };
}

export function first(claimed: readonly ClaimedRun[]): ClaimedRun {
  const [run] = claimed;
  if (run === undefined) throw new Error('expected a claimed run');
  return run;
}
