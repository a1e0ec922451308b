import { types } from 'node:util';
import type { EntityManager } from 'typeorm';
import { decode } from '../core/codec/decode';
import { encode } from '../core/codec/encode';
import { Deferred } from '../core/deferred';
import { parseDuration } from '../core/durations';
import type { Duration } from '../core/durations';
import { briefly } from '../core/errors/briefly';
import { ArgumentError } from '../core/errors/definition-error';
import { NoManagerError } from '../core/errors/task-errors';
import type { LogLevel, TaskLogger } from '../core/logger';
import { signalName } from '../core/signal';
import { validateNow } from '../core/standard-schema';
import type { FlowGraph } from '../graph/workflow-graph';
import type { Signal } from '../core/signal';
import type { TaskContext, WaitOptions } from '../core/task-context';
import type { WaitRequest } from '../core/wait';
import type { AttemptRequest } from './attempt-request';
import type { Speaker } from './attempt-sayings';
import { storableText } from '../core/storable-text';
import { SkipSignal } from './skip-signal';

/** Longer reasons are cut: they are for people. */
const MAX_REASON_LENGTH = 1_000;

const NONE: readonly never[] = [];

/** What of the context may change or is made only when it is first read. */
export interface ContextSource {
  readonly signal: AbortSignal;
  /** The manager of the transaction that is open, if one is. */
  readonly manager: EntityManager | undefined;
  /** The attempt's result is there, though its method may go on. */
  readonly isOver?: boolean | undefined;
}

/** The `TaskContext` of one attempt. What costs something (signal, input, logger) is made when it is first read. */
export class AttemptContext implements TaskContext {
  readonly #request: AttemptRequest;
  readonly #source: ContextSource;
  readonly #deadlineAt: number | undefined;
  #input: { readonly value: unknown } | undefined;
  #logger: TaskLogger | undefined;
  #waits: Deferred<unknown>[] | undefined;

  constructor(request: AttemptRequest, source: ContextSource, deadlineAt: number | undefined) {
    this.#request = request;
    this.#source = source;
    this.#deadlineAt = deadlineAt;
  }

  /** The same for one call of several, which has its own manager. */
  within(source: ContextSource): AttemptContext {
    return new AttemptContext(this.#request, source, this.#deadlineAt);
  }

  get input(): unknown {
    this.#input ??= { value: decode(this.#request.input) };
    return this.#input.value;
  }

  get runId(): string {
    return this.#request.runId;
  }

  get task(): string {
    return this.#request.node.name;
  }

  get index(): number | undefined {
    return this.#request.index < 0 ? undefined : this.#request.index;
  }

  get attempt(): number {
    return this.#request.attempt;
  }

  get signal(): AbortSignal {
    return this.#source.signal;
  }

  get idempotencyKey(): string {
    return this.#request.idempotencyKey;
  }

  get deadline(): Date | undefined {
    return this.#deadlineAt === undefined ? undefined : new Date(this.#deadlineAt);
  }

  get logger(): TaskLogger {
    this.#logger ??= this.#speaking({
      workflow: this.#request.workflow,
      runId: this.runId,
      task: this.task,
      ...(this.index === undefined ? {} : { index: this.index }),
      attempt: this.attempt,
    });
    return this.#logger;
  }

  get manager(): EntityManager {
    const { manager } = this.#source;
    if (manager !== undefined) return manager;
    const { node, transactions } = this.#request;
    const why = !node.options.transactional ? 'ordinary' : transactions === undefined ? 'no-database' : 'over';
    throw new NoManagerError(this.task, why);
  }

  /** Waits that were made so far: one of them, and nothing else, is to be returned. */
  get waits(): readonly Deferred<unknown>[] {
    return this.#waits ?? NONE;
  }

  sleep(duration: Duration): Deferred<undefined> {
    return this.#wait({ kind: 'sleep', durationMs: parseDuration(duration, { what: 'sleep', allowZero: true }) });
  }

  sleepUntil(instant: Date): Deferred<undefined> {
    const until = instant instanceof Date ? instant.getTime() : NaN;
    if (Number.isNaN(until)) throw new ArgumentError('sleepUntil takes a valid Date; use sleep for a duration');
    return this.#wait({ kind: 'sleep-until', until });
  }

  waitFor<Payload>(signal: Signal<Payload, unknown> | string, { timeout }: WaitOptions = {}): Deferred<Payload> {
    const timeoutMs = timeout === undefined ? undefined : parseDuration(timeout, { what: 'waitFor.timeout' });
    return this.#wait({ kind: 'signal', signal: signalName(signal), timeoutMs });
  }

  child(
    workflow: unknown,
    flow: string,
    input?: unknown,
    { onParentEnd = 'cancel' }: { readonly onParentEnd?: 'cancel' | 'leave' | undefined } = {},
  ): Deferred<never> {
    const { environment } = this.#request;
    const graph = environment.flowOf(workflow, flow);
    if (onParentEnd !== 'cancel' && onParentEnd !== 'leave') {
      throw new ArgumentError(`child.onParentEnd must be 'cancel' or 'leave', got ${briefly(onParentEnd)}`);
    }
    const { workflow: name, version, fingerprint, flow: node } = graph;
    const what = `input of child ${name}.${flow}`;
    const encoded = encode(validNow(graph, input, what), { what, maxBytes: environment.maxValueBytes });
    const { queue } = node.options;
    return this.#wait({
      kind: 'child',
      child: { workflow: name, version, flow, fingerprint, queue, input: encoded, onParentEnd },
    });
  }

  progress(fraction: number, note?: string): void {
    if (typeof fraction !== 'number' || Number.isNaN(fraction)) {
      throw new ArgumentError(`progress takes a number from 0 to 1, got ${briefly(fraction)}`);
    }
    // A method that outlived its attempt would speak for the one after it.
    if (this.#source.isOver === true) return;
    const within = Math.min(1, Math.max(0, fraction));
    this.#request.environment.sayings?.progressed(this.#speaker, within, note);
  }

  get #speaker(): Speaker {
    const { runId, node, index, attempt } = this.#request;
    return { runId, node: node.name, index, attempt };
  }

  /** The logger with fields in every line, each of which is also said to whoever keeps them. */
  #speaking(fixed: Readonly<Record<string, unknown>>): TaskLogger {
    const { logger, sayings } = this.#request.environment;
    const write =
      (level: LogLevel): TaskLogger[LogLevel] =>
      (first: string | Readonly<Record<string, unknown>> | Error, second?: string) => {
        const [fields, message] = lineOf(first, second);
        logger[level]({ ...fixed, ...fields }, message);
        sayings?.logged(this.#speaker, level, fields, message);
      };
    return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  }

  #wait<T>(request: WaitRequest): Deferred<T> {
    const wait = new Deferred<T>(request);
    (this.#waits ??= []).push(wait);
    return wait;
  }

  skip(reason: string): never {
    throw new SkipSignal(storableText(reason, MAX_REASON_LENGTH));
  }
}

/** An error has no fields that a spread would find. */
function lineOf(first: string | object, second: string | undefined): readonly [fields: object, message: string] {
  if (typeof first === 'string') return [{}, first];
  if (first instanceof Error || types.isNativeError(first)) return [{ err: first }, second ?? first.message];
  return [first, second as string];
}

/** A context answers at once, so the schema of a child's input must, too. */
function validNow({ inputSchema }: FlowGraph, input: unknown, what: string): unknown {
  if (inputSchema === undefined) return input;
  const result = validateNow(inputSchema, input, what);
  if (result !== 'later') return result.value;
  throw new ArgumentError(
    `${what}: its schema answers later; check it in the task before, or in the flow of the child`,
  );
}
