import { isFinalRunStatus } from '../../core/statuses';
import type { FinalRunStatus, NodeKind, NodeStatus, RunStatus } from '../../core/statuses';
import type { NodeReason } from '../../core/reasons';
import type { RecordedAttempt } from '../../core/attempts';
import type { StoredWorker } from '../list-workers';
import type { StoredNode, StoredRun } from '../stored-run';
import type { ClaimedRun } from '../worker-lease';
import type { RecordedWait } from '../../core/wait';
import type { MemoryCall } from './memory-dispatches';
import type { MemoryLine } from './memory-feed';
import type { MemorySignal } from './memory-signals';

/** A run as the memory store keeps it: the one copy, changed in place. Never leaves the store. */
export interface MemoryRun {
  readonly id: string;
  readonly workflow: string;
  version: string | undefined;
  flow: string;
  fingerprint: string;
  queue: string;
  readonly priority: number;
  readonly tags: readonly string[];
  input: string;
  inputHash: string;
  readonly idempotencyKey: string | undefined;
  readonly parentId: string | undefined;
  readonly trace: string | undefined;
  /** It goes on when its parent does not. */
  isDetached: boolean;
  /** It has, or had, children. */
  isParent: boolean;
  forkedFrom: string | undefined;
  readonly createdAt: number;
  status: RunStatus;
  output: string | undefined;
  error: string | undefined;
  errors: string | undefined;
  epoch: number;
  generation: number;
  inbox: number;
  isCancelRequested: boolean;
  cancelReason: string | undefined;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  wakeAt: number | undefined;
  /** What claims sort by, lowest first: `wakeAt` less 30 s for each point of priority. */
  claimRank: number;
  deadlineAt: number | undefined;
  /** When it was last retried: its deadline counts from then. */
  retriedAt: number | undefined;
  owner: string | undefined;
  refused: readonly string[];
  readonly nodes: Map<string, MemoryNode>;
  /** Calls that other workers execute. */
  readonly calls: Map<string, MemoryCall>;
  /** In the order in which they were sent. */
  readonly signals: MemorySignal[];
  /** What its tasks have said, oldest first. */
  lines: readonly MemoryLine[];
}

/** A node's record, changed in place like its run. */
export interface MemoryNode {
  readonly node: string;
  readonly index: number;
  kind: NodeKind;
  shape: string;
  status: NodeStatus;
  generation: number;
  epoch: number;
  attempt: number;
  attempts: readonly RecordedAttempt[];
  output: string | undefined;
  error: string | undefined;
  reason: NodeReason | undefined;
  wait: RecordedWait | undefined;
  elements: number | undefined;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  wakeAt: number | undefined;
  resetIn: number | undefined;
  reusedFrom: string | undefined;
  seq: number;
}

/** What the verbs of the memory store work on. */
export interface MemoryTables {
  readonly runs: Map<string, MemoryRun>;
  /** Runs that may be claimed now or later: neither owned nor final. */
  readonly claimable: Set<MemoryRun>;
  readonly owned: Map<string, Set<MemoryRun>>;
  /** Runs that may have calls for other workers. */
  readonly called: Set<MemoryRun>;
  readonly workers: Map<string, Omit<StoredWorker, 'isAlive' | 'seenAt'> & { seenAt: number }>;
  /** Ids of runs that are over, in the order of their ends, as a ring: the next one takes the place of the oldest. */
  readonly final: (string | undefined)[];
  /** How many have ended since the beginning. */
  ended: number;
  /** When the last cleanup began. */
  cleanedAt: number | undefined;
  /** By workflow, then by key. */
  readonly keys: Map<string, Map<string, MemoryRun>>;
  now(): number;
  nextSeq(): number;
}

const AGING_MS = 30_000;

/** 30 s of waiting count as one point of priority. */
export function claimRank(wakeAt: number, priority: number): number {
  return wakeAt - priority * AGING_MS;
}

/** The one place where a run gets, changes or loses its owner. */
export function moveRun(tables: MemoryTables, run: MemoryRun, status: RunStatus, owner?: string): void {
  if (run.owner !== undefined) tables.owned.get(run.owner)?.delete(run);
  run.status = status;
  run.owner = owner;
  if (owner !== undefined) {
    tables.owned.get(owner)?.add(run);
    tables.claimable.delete(run);
  } else if (status === 'PENDING' || status === 'WAITING') {
    tables.claimable.add(run);
  } else {
    tables.claimable.delete(run);
  }
}

/** Ends a run, and forgets the one that ended longest ago when there are too many. */
export function finishRun(tables: MemoryTables, run: MemoryRun, status: FinalRunStatus): void {
  moveRun(tables, run, status);
  run.finishedAt = tables.now();
  run.wakeAt = undefined;
  const place = tables.ended++ % tables.final.length;
  forgetRun(tables, tables.final[place]);
  tables.final[place] = run.id;
}

/** Takes a run away, unless it is not over: it may have been retried since its end. */
export function forgetRun(tables: MemoryTables, id: string | undefined): void {
  const run = id === undefined ? undefined : tables.runs.get(id);
  if (run === undefined || !isFinalRunStatus(run.status)) return;
  tables.runs.delete(run.id);
  if (run.idempotencyKey !== undefined) tables.keys.get(run.workflow)?.delete(run.idempotencyKey);
}

export function toStoredRun(run: MemoryRun, nodes: readonly StoredNode[]): StoredRun {
  return {
    ...toCommon(run),
    status: run.status,
    output: run.output,
    error: run.error,
    errors: run.errors,
    idempotencyKey: run.idempotencyKey,
    finishedAt: run.finishedAt,
    wakeAt: run.wakeAt,
    owner: run.owner,
    refused: run.refused,
    forkedFrom: run.forkedFrom,
    nodes,
  };
}

export function toClaimedRun(run: MemoryRun): ClaimedRun {
  return { ...toCommon(run), inbox: run.inbox, nodes: toStoredNodes(run) };
}

/** Copies, in the order of their last change. */
export function toStoredNodes(run: MemoryRun): readonly StoredNode[] {
  return [...run.nodes.values()].map((node) => ({ ...node })).sort((a, b) => a.seq - b.seq);
}

function toCommon(run: MemoryRun) {
  return {
    id: run.id,
    workflow: run.workflow,
    version: run.version,
    flow: run.flow,
    fingerprint: run.fingerprint,
    queue: run.queue,
    priority: run.priority,
    tags: run.tags,
    input: run.input,
    epoch: run.epoch,
    generation: run.generation,
    // Nothing outlives this process, so no claim ever ends in a dead worker.
    crashes: 0,
    isCancelRequested: run.isCancelRequested,
    cancelReason: run.cancelReason,
    createdAt: run.createdAt,
    startedAt: run.startedAt,
    deadlineAt: run.deadlineAt,
    parentId: run.parentId,
    trace: run.trace,
  };
}
