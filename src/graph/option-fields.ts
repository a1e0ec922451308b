import type { IssueList } from './issue';
import type { ConcurrencyOptions, RetryOptions } from './node-options';
import { OptionReader, isWholeNumber } from './option-reader';

/** The options that tasks, flows and compensations share. */
export const CALL_OPTIONS = [
  'retries',
  'timeout',
  'totalTimeout',
  'queue',
  'concurrency',
  'transactional',
  'policy',
] as const;
const RETRY_OPTIONS = ['max', 'backoff', 'initialDelay', 'maxDelay', 'jitter', 'retryIf'] as const;

/** Options of one level (a node, or the defaults) in the engine's units; what was not written is not there. */
export interface ParsedOptions {
  readonly retries?: Partial<RetryOptions> | undefined;
  readonly timeoutMs?: number | false | undefined;
  readonly totalTimeoutMs?: number | false | undefined;
  readonly queue?: string | undefined;
  readonly concurrency?: ConcurrencyOptions | undefined;
  readonly transactional?: boolean | undefined;
  readonly policy?: unknown;
}

/** The part of the options that `reader` is about, without anything that is wrong. */
export function parseCallOptions(reader: OptionReader): ParsedOptions {
  return {
    retries: parseRetries(reader),
    timeoutMs: reader.timeout('timeout'),
    totalTimeoutMs: reader.timeout('totalTimeout'),
    queue: reader.queue('queue'),
    concurrency: parseConcurrency(reader),
    transactional: reader.boolean('transactional'),
    policy: parsePolicy(reader),
  };
}

function parseRetries(parent: OptionReader): Partial<RetryOptions> | undefined {
  const value = parent.raw('retries');
  if (value === undefined) return undefined;
  if (isWholeNumber(value, 0)) return { max: value };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return parent.refuse('retries', 'a whole number from 0 on, or an object with max', value);
  }
  const reader = nested(parent, value, RETRY_OPTIONS, 'retries');
  return {
    // A wrong one is reported once, not as missing too.
    max: reader.wholeNumber('max', 0) ?? (reader.raw('max') === undefined ? undefined : 0),
    backoff: reader.oneOf('backoff', ['exponential', 'linear', 'constant']),
    initialDelayMs: reader.duration('initialDelay', { allowZero: true }),
    maxDelayMs: reader.duration('maxDelay', { allowZero: true }),
    jitter: reader.boolean('jitter'),
    retryIf: reader.callable<(error: unknown) => boolean>('retryIf'),
  } as Partial<RetryOptions>;
}

function parseConcurrency(parent: OptionReader): ConcurrencyOptions | undefined {
  const value = parent.raw('concurrency');
  if (value === undefined) return undefined;
  if (isWholeNumber(value, 1)) return { limit: value };
  if (typeof value !== 'object' || value === null) {
    return parent.refuse('concurrency', 'a whole number from 1 on, or { limit, key }', value);
  }
  const reader = nested(parent, value, ['limit', 'key'], 'concurrency');
  const limit = reader.wholeNumber('limit', 1);
  if (limit === undefined) {
    if (reader.raw('limit') === undefined) reader.refuse('limit', 'a whole number from 1 on', undefined);
    return undefined;
  }
  const key =
    typeof reader.raw('key') === 'function'
      ? reader.callable<(input: never) => string | number | boolean>('key')
      : reader.text('key');
  return { limit, key };
}

function parsePolicy(reader: OptionReader): unknown {
  const policy = reader.raw('policy');
  if (policy === undefined) return undefined;
  const { execute } = Object(policy) as { readonly execute?: unknown };
  return typeof execute === 'function'
    ? policy
    : reader.refuse('policy', 'a Cockatiel policy (an object with execute)', policy);
}

function nested(parent: OptionReader, value: unknown, allowed: readonly string[], key: string): OptionReader {
  return new OptionReader(value, allowed, parent.issues, parent.node, `${parent.path}${key}.`);
}

/** Options of the workflow itself, by kind of node. */
export interface WorkflowDefaults {
  readonly version?: string | undefined;
  readonly queue?: string | undefined;
  readonly task: ParsedOptions;
  readonly flow: ParsedOptions & { readonly onFailure?: 'stop' | 'finish' | undefined };
}

/** Reads `version`, `queue` and `defaults` of `@Workflow` or `defineWorkflow`. */
export function parseWorkflowOptions(options: unknown, issues: IssueList): WorkflowDefaults {
  const reader = new OptionReader(options, ['name', 'version', 'queue', 'defaults'], issues, undefined);
  const defaults = new OptionReader(reader.raw('defaults'), ['task', 'flow'], issues, undefined, 'defaults.');
  const task = new OptionReader(defaults.raw('task'), CALL_OPTIONS, issues, undefined, 'defaults.task.');
  const flow = new OptionReader(
    defaults.raw('flow'),
    [...CALL_OPTIONS, 'onFailure'],
    issues,
    undefined,
    'defaults.flow.',
  );
  return {
    version: reader.text('version'),
    queue: reader.queue('queue'),
    task: parseCallOptions(task),
    flow: { ...parseCallOptions(flow), onFailure: flow.oneOf('onFailure', ['stop', 'finish']) },
  };
}
