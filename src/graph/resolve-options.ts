import type { IssueList } from './issue';
import type { NodeOptions, RetryOptions } from './node-options';
import type { ParsedOptions } from './option-fields';

/** What holds where nothing is written. */
export const DEFAULT_OPTIONS = {
  timeoutMs: 60_000,
  totalTimeoutMs: false,
  transactional: false,
  retries: { max: 0, backoff: 'exponential', initialDelayMs: 200, maxDelayMs: 60_000, jitter: true },
} as const satisfies NodeOptions;

/**
 * The options of one node: its own, else the workflow's defaults, else `DEFAULT_OPTIONS`, field by field. The fields of
 * `retries` count one by one too, so that `retries: 5` keeps the backoff that the defaults name.
 */
export function resolveOptions(
  own: ParsedOptions,
  defaults: ParsedOptions,
  { issues, node }: { readonly issues: IssueList; readonly node: string },
): NodeOptions {
  const options = { ...DEFAULT_OPTIONS, ...written(defaults), ...written(own) };
  const retries = { ...written(defaults.retries), ...written(own.retries) };
  if (own.retries !== undefined && retries.max === undefined) {
    issues.add(
      'INVALID_OPTION',
      node,
      'retries.max is missing: say how many calls may follow the first, such as { max: 3 }',
    );
  }
  return { ...options, retries: resolveRetries(retries, issues, node) };
}

function resolveRetries(given: Partial<RetryOptions>, issues: IssueList, node: string): RetryOptions {
  const standard = DEFAULT_OPTIONS.retries;
  const { initialDelayMs: initial, maxDelayMs: max } = given;
  if (initial !== undefined && max !== undefined && max < initial) {
    issues.add(
      'INVALID_OPTION',
      node,
      `retries.maxDelay (${max} ms) must not be less than retries.initialDelay (${initial} ms)`,
    );
  }
  // One that is written moves the other, which is not.
  const initialDelayMs = initial ?? Math.min(standard.initialDelayMs, max ?? Infinity);
  const maxDelayMs = max ?? Math.max(standard.maxDelayMs, initialDelayMs);
  return { ...standard, ...given, initialDelayMs, maxDelayMs };
}

/** Without the fields that are `undefined`: those do not override anything. */
function written<T extends object>(fields: T | undefined): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
