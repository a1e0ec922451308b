/** How a node is retried. Delays are milliseconds; `max` counts the extra calls after the first. */
export interface RetryOptions {
  readonly max: number;
  readonly backoff: 'exponential' | 'linear' | 'constant';
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly jitter: boolean;
  /** Whether this error is worth another call; without it every error is. */
  readonly retryIf?: ((error: unknown) => boolean) | undefined;
}

/** At most `limit` attempts at a time over the whole fleet: of this node, or of the workflow's nodes with an equal `key`. */
export interface ConcurrencyOptions {
  readonly limit: number;
  readonly key?: string | ((input: never) => string | number | boolean) | undefined;
}

/** The options of one node after defaults and units are resolved: what every other room works with. */
export interface NodeOptions {
  readonly retries: RetryOptions;
  /** Bound of one attempt, milliseconds; `false` is none. */
  readonly timeoutMs: number | false;
  /** Bound of all attempts together, milliseconds; `false` is none. */
  readonly totalTimeoutMs: number | false;
  readonly queue?: string | undefined;
  readonly concurrency?: ConcurrencyOptions | undefined;
  readonly transactional: boolean;
  /** A Cockatiel policy of the user's own; opaque here, only `execution/` knows its type. */
  readonly policy?: unknown;
}
