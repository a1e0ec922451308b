import { randomUUID } from 'node:crypto';
import { encode } from '../core/codec/encode';
import { hashOf } from '../core/codec/hash';
import { parseDuration } from '../core/durations';
import { ArgumentError } from '../core/errors/definition-error';
import { IdempotencyConflictError } from '../core/errors/run-errors';
import { isUuid } from '../core/ids';
import type { UuidV7Generator } from '../core/ids';
import type { FlowGraph } from '../graph/workflow-graph';
import type { CreateRunParams, CreatedRun } from '../store/create-run';
import type { Store } from '../store/store';
import type { StartOptions } from './start-options';
import type { Worker } from './worker';

/** What every start of a runner shares. */
export interface StartContext {
  readonly store: Store;
  readonly worker: Worker | undefined;
  readonly maxValueBytes: number;
  readonly ids: UuidV7Generator;
  /** The store's clock, as well as it is known, epoch ms. */
  readonly now: () => number;
}

/** Creates the run, or finds the one that has its key; executes it at once if this process' worker has a place for it. */
export async function startRun(
  context: StartContext,
  flow: FlowGraph,
  input: unknown,
  options: StartOptions,
): Promise<string> {
  const params = toParams(context, flow, input, options);
  const created = await context.store.createRun(params);
  if (created.kind === 'conflict') {
    throw new IdempotencyConflictError(options.idempotencyKey ?? params.id, created.id, created.differs);
  }
  if (created.kind === 'created') hand(context.worker, params, created);
  return created.id;
}

function hand(
  worker: Worker | undefined,
  params: CreateRunParams,
  created: Extract<CreatedRun, { kind: 'created' }>,
): void {
  if (worker === undefined) return;
  if (!created.owned) {
    // Not before the caller's own transaction commits; a poll finds it then.
    if (params.manager === undefined) worker.nudge();
    return;
  }
  worker.adopt({
    id: created.id,
    workflow: params.workflow,
    version: params.version,
    flow: params.flow,
    fingerprint: params.fingerprint,
    queue: params.queue,
    priority: params.priority,
    tags: params.tags,
    input: params.input,
    epoch: created.epoch,
    inbox: 0,
    generation: 1,
    crashes: 0,
    createdAt: created.createdAt,
    startedAt: created.createdAt,
    deadlineAt: created.deadlineAt,
    isCancelRequested: false,
    nodes: [],
  });
}

function toParams(context: StartContext, flow: FlowGraph, input: unknown, options: StartOptions): CreateRunParams {
  const what = `input of ${flow.workflow}.${flow.flow.name}`;
  const text = encode(input, { what, maxBytes: context.maxValueBytes });
  const queue = options.queue ?? flow.flow.options.queue ?? 'default';
  const startAt = options.startAt?.getTime();
  const startDelayMs =
    options.delay === undefined ? undefined : parseDuration(options.delay, { what: 'start.delay', allowZero: true });
  const canClaim = options.manager === undefined && startDelayMs === undefined && startAt === undefined;
  const { worker } = context;
  return {
    id: idOf(context, options),
    workflow: flow.workflow,
    version: flow.version,
    flow: flow.flow.name,
    fingerprint: flow.fingerprint,
    queue,
    priority: priorityOf(options),
    tags: options.tags ?? [],
    input: text,
    // Only who names a key or id can meet a run that was there before.
    inputHash: options.idempotencyKey === undefined && options.id === undefined ? '' : hashOf(text),
    idempotencyKey: keyOf(options),
    startAt: instant('startAt', startAt),
    startDelayMs,
    ...deadlineOf(options),
    manager: options.manager,
    ...(canClaim && worker?.canAdopt(queue) === true && { claim: { workerId: worker.id } }),
  };
}

function idOf({ ids, now }: StartContext, { id }: StartOptions): string {
  if (id === undefined) return ids.next(now(), randomUUID());
  if (isUuid(id)) return id;
  throw new ArgumentError(
    `start.id must be a UUID in lower case, got ${JSON.stringify(id)}; leave it out to get a new one`,
  );
}

function keyOf({ idempotencyKey }: StartOptions): string | undefined {
  if (idempotencyKey === undefined) return undefined;
  if (typeof idempotencyKey !== 'string' || idempotencyKey.length === 0 || idempotencyKey.length > 1_000) {
    throw new ArgumentError('start.idempotencyKey must be a string of 1 to 1,000 characters');
  }
  if (idempotencyKey.includes('\0') || !idempotencyKey.isWellFormed()) {
    throw new ArgumentError(
      'start.idempotencyKey must not contain \\u0000 or lone surrogates, which PostgreSQL cannot store',
    );
  }
  if (!idempotencyKey.startsWith('typeflow:')) return idempotencyKey;
  throw new ArgumentError(
    `start.idempotencyKey "${idempotencyKey}" begins with "typeflow:", which is reserved; choose another beginning`,
  );
}

function priorityOf({ priority = 0 }: StartOptions): number {
  if (Number.isInteger(priority) && Math.abs(priority) <= 1_000_000) return priority;
  throw new ArgumentError(
    `start.priority must be a whole number from -1,000,000 to 1,000,000, got ${String(priority)}`,
  );
}

function deadlineOf({ deadline }: StartOptions): Pick<CreateRunParams, 'deadlineAt' | 'deadlineMs'> {
  if (deadline === undefined) return {};
  if (deadline instanceof Date) return { deadlineAt: instant('deadline', deadline.getTime()) };
  return { deadlineMs: parseDuration(deadline, { what: 'start.deadline' }) };
}

function instant(name: string, epochMs: number | undefined): number | undefined {
  if (epochMs === undefined || Number.isFinite(epochMs)) return epochMs;
  throw new ArgumentError(`start.${name} is an invalid Date`);
}
