import { ConfigurationError } from '../../core/errors/definition-error';
import type { CreatedRun, CreateRunParams } from '../create-run';
import { isHeld } from '../held-runs';
import { claimRank, moveRun } from './memory-run';
import type { MemoryRun, MemoryTables } from './memory-run';

/** @throws ConfigurationError */
export function refuseManager({ manager }: Pick<CreateRunParams, 'manager'>): void {
  if (manager === undefined) return;
  throw new ConfigurationError(
    `manager: a run in memory cannot be part of a database transaction; use a DataSource or a postgres:// database`,
  );
}

export function createRun(tables: MemoryTables, params: CreateRunParams): CreatedRun {
  const existing = findExisting(tables, params);
  if (existing !== undefined) return compare(params, existing);

  const run = build(tables, params);
  tables.runs.set(run.id, run);
  if (run.idempotencyKey !== undefined) keysOf(tables, run.workflow).set(run.idempotencyKey, run);
  const owner = ownerOf(tables, params);
  moveRun(tables, run, owner === undefined ? 'PENDING' : 'RUNNING', owner);
  if (owner !== undefined) {
    run.epoch = 1;
    run.startedAt = run.createdAt;
    run.wakeAt = undefined;
  }
  return {
    kind: 'created',
    id: run.id,
    owned: owner !== undefined,
    epoch: run.epoch,
    createdAt: run.createdAt,
    deadlineAt: run.deadlineAt,
  };
}

export function findExisting(
  tables: MemoryTables,
  params: Pick<CreateRunParams, 'id' | 'workflow' | 'idempotencyKey'>,
): MemoryRun | undefined {
  const key = params.idempotencyKey;
  const byKey = key === undefined ? undefined : tables.keys.get(params.workflow)?.get(key);
  return byKey ?? tables.runs.get(params.id);
}

export function compare(params: Pick<CreateRunParams, 'workflow' | 'flow' | 'inputHash'>, run: MemoryRun): CreatedRun {
  if (run.workflow !== params.workflow) return { kind: 'conflict', id: run.id, differs: 'workflow' };
  if (isHeld(run)) return { kind: 'conflict', id: run.id, differs: 'held' };
  if (run.flow !== params.flow) return { kind: 'conflict', id: run.id, differs: 'flow' };
  const { id, status, inputHash } = run;
  if (inputHash !== params.inputHash) return { kind: 'conflict', id, differs: 'input', status, inputHash };
  return { kind: 'exists', id, status };
}

function ownerOf(tables: MemoryTables, { claim, startAt, startDelayMs = 0 }: CreateRunParams): string | undefined {
  if (claim === undefined || startAt !== undefined || startDelayMs > 0) return undefined;
  return tables.owned.has(claim.workerId) ? claim.workerId : undefined;
}

function build(tables: MemoryTables, params: CreateRunParams): MemoryRun {
  const now = tables.now();
  const deadlineAt = params.deadlineMs === undefined ? params.deadlineAt : now + params.deadlineMs;
  const startAt = params.startDelayMs === undefined ? params.startAt : now + params.startDelayMs;
  // A deadline ends a run that has not started, too.
  const wakeAt = Math.min(Math.max(now, startAt ?? now), deadlineAt ?? Infinity);
  return {
    id: params.id,
    workflow: params.workflow,
    version: params.version,
    flow: params.flow,
    fingerprint: params.fingerprint,
    queue: params.queue,
    priority: params.priority,
    tags: [...params.tags],
    input: params.input,
    inputHash: params.inputHash,
    idempotencyKey: params.idempotencyKey,
    parentId: params.parentId,
    trace: params.trace,
    isDetached: false,
    isParent: false,
    forkedFrom: undefined,
    createdAt: now,
    status: 'PENDING',
    output: undefined,
    error: undefined,
    errors: undefined,
    epoch: 0,
    generation: 1,
    inbox: 0,
    isCancelRequested: false,
    cancelReason: undefined,
    startedAt: undefined,
    finishedAt: undefined,
    wakeAt,
    claimRank: claimRank(wakeAt, params.priority),
    deadlineAt,
    retriedAt: undefined,
    owner: undefined,
    refused: [],
    nodes: new Map(),
    calls: new Map(),
    signals: [],
    lines: [],
  };
}

function keysOf(tables: MemoryTables, workflow: string): Map<string, MemoryRun> {
  const known = tables.keys.get(workflow);
  if (known !== undefined) return known;
  const keys = new Map<string, MemoryRun>();
  tables.keys.set(workflow, keys);
  return keys;
}
