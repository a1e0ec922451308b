import { randomUUID } from 'node:crypto';
import { types } from 'node:util';
import { encode } from '../core/codec/encode';
import { hashOf } from '../core/codec/hash';
import { parseDuration } from '../core/durations';
import { ArgumentError } from '../core/errors/definition-error';
import { briefly } from '../core/errors/briefly';
import { isUuid } from '../core/ids';
import type { UuidV7Generator } from '../core/ids';
import type { FlowGraph } from '../graph/workflow-graph';
import type { CreateRunParams, CreatedRun } from '../store/create-run';
import type { Store } from '../store/store';
import type { ClaimedRun } from '../store/worker-lease';
import type { SafeTelemetry } from '../telemetry/safe-telemetry';
import type { StartFacts } from '../telemetry/telemetry';
import type { ExecutionEnd } from './execution-host';
import { conflictError } from './key-conflict';
import type { StartOptions } from './start-options';
import type { Worker } from './worker';

/** The end of the year 9999. */
const LATEST_MS = 253_402_300_799_999;

/** What every start of a runner shares. */
export interface StartContext {
  readonly store: Store;
  readonly worker: Worker | undefined;
  readonly telemetry?: SafeTelemetry | undefined;
  readonly maxValueBytes: number;
  readonly ids: UuidV7Generator;
  /** The store's clock, as well as it is known, epoch ms. */
  readonly now: () => number;
}

export interface StartedRun {
  readonly id: string;
  /** Settles when this process stops working on the run, where it has begun it. */
  readonly ended: Promise<ExecutionEnd> | undefined;
  /** Tasks whose records were taken over from another run. */
  readonly reused?: readonly string[] | undefined;
}

/** Creates the run, or finds the one that has its key; executes it at once if this process' worker has a place for it. */
export async function startRun(
  context: StartContext,
  flow: FlowGraph,
  input: unknown,
  options: StartOptions,
): Promise<StartedRun> {
  const plain = createParams(context, flow, input, options);
  const observer = context.telemetry?.starting(startFacts(plain));
  const params = observer?.trace === undefined ? plain : { ...plain, trace: observer.trace };
  const worker = canBeOwn(options) && context.worker?.reserve(params.queue) === true ? context.worker : undefined;
  let isAdopted = false;
  let ended: StartedRun['ended'];
  try {
    const created = await context.store.createRun(
      worker === undefined ? params : { ...params, claim: { workerId: worker.id } },
    );
    if (created.kind === 'conflict') {
      throw conflictError(options.idempotencyKey ?? params.id, created);
    }
    if (created.kind === 'created' && created.owned && worker !== undefined) {
      isAdopted = true;
      ended = worker.adopt(toClaimed(params, created));
    } else if (created.kind === 'created' && options.manager === undefined) context.worker?.nudge();
    observer?.ended(created.kind === 'created' ? { outcome: 'created' } : { outcome: 'found', runId: created.id });
    return { id: created.id, ended };
  } catch (error) {
    observer?.ended({ outcome: 'failed', error });
    throw error;
  } finally {
    if (!isAdopted) worker?.unreserve();
  }
}

/** A run that is to be created, as telemetry is told of it. */
export function startFacts({ id, workflow, flow, queue }: Omit<CreateRunParams, 'input'>): StartFacts {
  return { runId: id, workflow, flow, queue };
}

/** A run may belong to this process at once when it may start at once and is visible to it: not inside the caller's transaction. */
function canBeOwn({ manager, delay, startAt }: StartOptions): boolean {
  return manager === undefined && delay === undefined && startAt === undefined;
}

function toClaimed(params: CreateRunParams, created: Extract<CreatedRun, { kind: 'created' }>): ClaimedRun {
  return {
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
    trace: params.trace,
    isCancelRequested: false,
    nodes: [],
  };
}

/** What a start writes. @throws ArgumentError, ValueNotStorableError */
export function createParams(
  context: StartContext,
  flow: FlowGraph,
  input: unknown,
  options: StartOptions,
): CreateRunParams {
  const what = `input of ${flow.workflow}.${flow.flow.name}`;
  const text = encode(input, { what, maxBytes: context.maxValueBytes });
  const queue =
    (options.queue === undefined ? undefined : textOf('queue', options.queue)) ?? flow.flow.options.queue ?? 'default';
  const startDelayMs =
    options.delay === undefined ? undefined : parseDuration(options.delay, { what: 'start.delay', allowZero: true });
  return {
    id: idOf(context, options),
    workflow: flow.workflow,
    version: flow.version,
    flow: flow.flow.name,
    fingerprint: flow.fingerprint,
    queue,
    priority: priorityOf(options),
    tags: tagsOf(options),
    input: text,
    inputHash: hashOf(text),
    idempotencyKey: keyOf(options),
    startAt: startAtOf(options),
    startDelayMs,
    ...deadlineOf(options),
    manager: options.manager,
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
  textOf('idempotencyKey', idempotencyKey);
  if (!idempotencyKey.startsWith('typeflow:')) return idempotencyKey;
  throw new ArgumentError(
    `start.idempotencyKey "${idempotencyKey}" begins with "typeflow:", which is reserved; choose another beginning`,
  );
}

/** Text of the caller's that goes into a column as it is. */
function textOf(name: string, text: unknown): string {
  if (typeof text !== 'string' || text.length === 0 || text.length > 1_000) {
    throw new ArgumentError(`start.${name} must be a string of 1 to 1,000 characters, got ${briefly(text)}`);
  }
  if (text.includes('\0') || !text.isWellFormed()) {
    throw new ArgumentError(`start.${name} must not contain \\u0000 or lone surrogates, which PostgreSQL cannot store`);
  }
  return text;
}

function tagsOf({ tags = [] }: StartOptions): string[] {
  if (Array.isArray(tags)) return tags.map((tag) => textOf('tags', tag));
  throw new ArgumentError(`start.tags must be an array of strings, got ${briefly(tags)}`);
}

function startAtOf({ startAt }: StartOptions): number | undefined {
  if (startAt === undefined || types.isDate(startAt)) return instant('startAt', startAt?.getTime());
  throw new ArgumentError(`start.startAt must be a Date, got ${briefly(startAt)}; use start.delay for a duration`);
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
  if (epochMs === undefined) return undefined;
  if (epochMs >= 0 && epochMs <= LATEST_MS) return epochMs;
  throw new ArgumentError(
    `start.${name} must be a Date from 1970 to 9999, got ${Number.isNaN(epochMs) ? 'an invalid one' : 'another year'}`,
  );
}
