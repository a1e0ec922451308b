import type { RecordedAttempt } from '../core/attempts';
import { shownValue } from '../core/codec/shown-value';
import { decodeFailure, rebuildFailure } from '../core/errors/failure-record';
import type { FailureRecord } from '../core/errors/failure-record';
import type { TaskError } from '../core/outcome';
import type { NodeReason } from '../core/reasons';
import type { NodeKind, NodeStatus, RunStatus } from '../core/statuses';
import type { FlowGraph } from '../graph/workflow-graph';
import { isHeld } from '../store/held-runs';
import type { StoredNode, StoredRun } from '../store/stored-run';
import { withCallsElsewhere } from './calls-elsewhere';
import { shownWait } from './waits/shown-wait';
import type { WaitRecord } from './waits/shown-wait';

/** A run as `get` and `list` show it. */
export interface RunRecord {
  readonly id: string;
  readonly workflow: string;
  readonly version: string | undefined;
  readonly flow: string;
  readonly status: RunStatus;
  /** It was created by `hold` and waits for `execute`; its `flow` is `''` while that is open. */
  readonly isHeld: boolean;
  /** A cancel was accepted; until the run is CANCELLED its owner, if there is one, has still to carry it out. */
  readonly isCancelRequested: boolean;
  /** What `cancel` was given, if anything. */
  readonly cancelReason: string | undefined;
  readonly input: unknown;
  /** The flow's value once the run is COMPLETED. */
  readonly output: unknown;
  /** Why the run FAILED. */
  readonly error: TaskError | undefined;
  /** Every other failure of a node: tolerated ones, handlers, siblings of the one in `error`. */
  readonly errors: readonly TaskError[];
  readonly queue: string;
  /** Higher first. */
  readonly priority: number;
  readonly tags: readonly string[];
  /** 1, and one more for each `retry`. */
  readonly generation: number;
  readonly createdAt: Date;
  readonly startedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
  /** When a PENDING run may start, or a WAITING one goes on. */
  readonly wakeAt: Date | undefined;
  readonly parentId: string | undefined;
  /** The run whose records it took over when it was created: by `fork`, or `start` with `from`. */
  readonly forkedFrom: string | undefined;
  /** In definition order, a mapped node before its instances. Empty in a list. */
  readonly nodes: readonly NodeRecord[];
}

/** A task, flow or compensation of a run, or one instance of a mapped task. */
export interface NodeRecord {
  readonly task: string;
  readonly kind: NodeKind;
  /** Of a compensation, where its code is known: the task that it undoes. */
  readonly compensates: string | undefined;
  /** Of an instance of a mapped task: which element. */
  readonly index: number | undefined;
  readonly status: NodeStatus;
  /** How many calls are known to have started; only grows. */
  readonly attempt: number;
  /** Each call, kept when there was more than one or one did not go well. */
  readonly attempts: readonly AttemptRecord[];
  readonly output: unknown;
  readonly error: TaskError | undefined;
  /** Why a node was SKIPPED or CANCELLED. */
  readonly reason: NodeReason | undefined;
  /** The run that made the record, where it was taken over from another one. */
  readonly reusedFrom: string | undefined;
  readonly startedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
  /** Of a WAITING node whose method returned a wait: what for. */
  readonly wait: WaitRecord | undefined;
  /** Of a WAITING node: when the next attempt is due, or its wait is over. */
  readonly wakeAt: Date | undefined;
  /** Of a mapped task as a whole. */
  readonly instances: InstanceCounts | undefined;
}

export type AttemptRecord = Omit<RecordedAttempt, 'startedAt' | 'finishedAt'> & {
  readonly startedAt: Date;
  readonly finishedAt: Date;
};

/** How the instances of a mapped task stand. Those without a record yet are in none but `total`. */
export interface InstanceCounts {
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly cancelled: number;
}

/** What is known of a run's graph. */
export interface KnownGraph {
  /** In definition order: those without a record are shown as PENDING. */
  readonly nodes: readonly { readonly name: string; readonly kind: NodeKind }[];
  /** Where the code that began the run is here. */
  readonly flow?: FlowGraph | undefined;
}

export function toRunRecord(run: StoredRun, graph: KnownGraph = { nodes: [] }): RunRecord {
  return {
    id: run.id,
    workflow: run.workflow,
    version: run.version,
    flow: run.flow,
    status: run.status,
    isHeld: isHeld(run),
    isCancelRequested: run.isCancelRequested,
    cancelReason: run.cancelReason,
    input: shownValue(run.input),
    output: run.output === undefined ? undefined : shownValue(run.output),
    error: run.error === undefined ? undefined : rebuildFailure(decodeFailure(run.error)),
    errors:
      run.errors === undefined
        ? []
        : (JSON.parse(run.errors) as FailureRecord[]).map((failure) => rebuildFailure(failure)),
    queue: run.queue,
    priority: run.priority,
    tags: run.tags,
    generation: run.generation,
    createdAt: new Date(run.createdAt),
    startedAt: toDate(run.startedAt),
    finishedAt: toDate(run.finishedAt),
    wakeAt: toDate(run.wakeAt),
    parentId: run.parentId,
    forkedFrom: run.forkedFrom,
    nodes: toNodeRecords(run, graph),
  };
}

function toNodeRecords(run: StoredRun, { nodes, flow }: KnownGraph): NodeRecord[] {
  const kinds = new Map(nodes.map(({ name, kind }) => [name, kind]));
  const byNode = new Map<string, StoredNode[]>(nodes.map(({ name }) => [name, []]));
  for (const node of withCallsElsewhere(run)) {
    const records = byNode.get(node.node);
    if (records === undefined) byNode.set(node.node, [node]);
    else records.push(node);
  }
  return [...byNode].flatMap(([name, stored]) => {
    const kind = kinds.get(name);
    if (stored.length === 0 && kind !== undefined) return [pendingRecord(name, kind)];
    const elements = stored.find(({ index }) => index < 0)?.elements ?? Infinity;
    // A retry may have begun anew with a shorter array: what lay behind its end is history only.
    const shown = stored.filter(({ index }) => index < elements).sort((a, b) => a.index - b.index);
    const compensates = flow?.compensations.get(name)?.undoes?.name;
    return shown.map((one) => toNodeRecord(one, shown, compensates));
  });
}

function toNodeRecord(node: StoredNode, siblings: readonly StoredNode[], compensates: string | undefined): NodeRecord {
  return {
    task: node.node,
    kind: node.kind,
    compensates,
    index: node.index < 0 ? undefined : node.index,
    status: node.status,
    attempt: node.attempt,
    attempts: node.attempts.map((attempt) => ({
      ...attempt,
      startedAt: new Date(attempt.startedAt),
      finishedAt: new Date(attempt.finishedAt),
    })),
    output: node.output === undefined ? undefined : shownValue(node.output),
    error: node.error === undefined ? undefined : rebuildFailure(decodeFailure(node.error)),
    reason: node.reason,
    reusedFrom: node.reusedFrom,
    startedAt: toDate(node.startedAt),
    finishedAt: toDate(node.finishedAt),
    wait: shownWait(node),
    wakeAt: node.status === 'WAITING' ? toDate(node.wakeAt) : undefined,
    instances: node.index < 0 && node.elements !== undefined ? countInstances(node.elements, siblings) : undefined,
  };
}

export function countInstances(total: number, siblings: readonly StoredNode[]): InstanceCounts {
  const count = (status: NodeStatus): number =>
    siblings.filter((one) => one.index >= 0 && one.status === status).length;
  return {
    total,
    completed: count('COMPLETED'),
    failed: count('FAILED'),
    skipped: count('SKIPPED'),
    cancelled: count('CANCELLED'),
  };
}

function pendingRecord(task: string, kind: NodeKind): NodeRecord {
  return {
    task,
    kind,
    compensates: undefined,
    index: undefined,
    status: 'PENDING',
    attempt: 0,
    attempts: [],
    output: undefined,
    error: undefined,
    reason: undefined,
    reusedFrom: undefined,
    startedAt: undefined,
    finishedAt: undefined,
    wait: undefined,
    wakeAt: undefined,
    instances: undefined,
  };
}

function toDate(instant: number | undefined): Date | undefined {
  return instant === undefined ? undefined : new Date(instant);
}
