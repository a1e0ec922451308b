import { ArgumentError, ConfigurationError } from '../../core/errors/definition-error';
import { parseDuration } from '../../core/durations';
import type { Duration } from '../../core/durations';
import { isFinalRunStatus, RUN_STATUSES } from '../../core/statuses';
import type { FinalRunStatus } from '../../core/statuses';
import type { DeleteRunsParams } from '../../store/delete-runs';

/**
 * How long runs are kept after their end, by how they ended. What is not named is kept for ever. At least one must be named.
 *
 * @example retention: { completed: '7d', failed: '30d', cancelled: '30d' }
 */
export interface RetentionOptions {
  /** How long COMPLETED runs are kept. Default: for ever. */
  readonly completed?: Duration;
  /** How long FAILED runs are kept, and can be retried. Default: for ever. */
  readonly failed?: Duration;
  /** How long CANCELLED runs are kept, and can be retried. Default: for ever. */
  readonly cancelled?: Duration;
  /** How much time lies between two rounds of the whole fleet. Default 1 h: more often spreads the deletions, and looks more
   *  often at old runs that are kept. */
  readonly every?: Duration;
  /** How many runs one statement deletes. Default 500: more are done sooner, and hold the database longer at a time. At most 10,000. */
  readonly batchSize?: number;
}

/** What `cleanup` deletes. */
export interface CleanupOptions {
  /** How long ago a run must have ended; `0` takes all that are over. */
  readonly olderThan: Duration;
  /** Only runs of this status, or one of these. Default: COMPLETED, FAILED and CANCELLED. */
  readonly status?: FinalRunStatus | readonly FinalRunStatus[];
  /** How many runs one statement deletes. Default 500; at most 10,000. */
  readonly batchSize?: number;
  /** Stops between two batches: what is deleted by then stays deleted, and `cleanup` resolves. */
  readonly signal?: AbortSignal;
}

/** `RetentionOptions` or `CleanupOptions` with defaults, in ms. */
export interface RetentionRule {
  readonly ages: DeleteRunsParams['ages'];
  readonly batchSize: number;
}

export interface RetentionSettings extends RetentionRule {
  readonly everyMs: number;
}

const DEFAULT_BATCH = 500;
const MAX_BATCH = 10_000;

/** Applies the defaults. @throws ConfigurationError naming the option */
export function retentionSettings(options: RetentionOptions): RetentionSettings {
  const { completed, failed, cancelled, every = '1h', batchSize } = options;
  const age = (name: string, value: Duration | undefined): number | undefined =>
    value === undefined ? undefined : parseDuration(value, { what: `retention.${name}`, of: 'configuration' });
  const ages = {
    COMPLETED: age('completed', completed),
    FAILED: age('failed', failed),
    CANCELLED: age('cancelled', cancelled),
  };
  if (Object.values(ages).every((one) => one === undefined)) {
    throw new ConfigurationError(
      'retention names no status: give completed, failed or cancelled a duration, or leave retention out to keep every run',
    );
  }
  return {
    ages,
    everyMs: parseDuration(every, { what: 'retention.every', of: 'configuration' }),
    batchSize: batchOf(batchSize, (message) => new ConfigurationError(`retention.${message}`)),
  };
}

/** @throws ArgumentError naming the option */
export function cleanupRule({ olderThan, status, batchSize }: CleanupOptions): RetentionRule {
  const ageMs = parseDuration(olderThan, { what: 'cleanup.olderThan', allowZero: true });
  const finals = RUN_STATUSES.filter(isFinalRunStatus);
  const statuses = status === undefined ? finals : typeof status === 'string' ? [status] : status;
  for (const one of statuses) {
    if (!finals.includes(one)) {
      throw new ArgumentError(
        `cleanup.status must be one of ${finals.join(', ')}, got ${JSON.stringify(one)}; other runs are never deleted`,
      );
    }
  }
  return {
    ages: Object.fromEntries(statuses.map((one) => [one, ageMs])),
    batchSize: batchOf(batchSize, (message) => new ArgumentError(`cleanup.${message}`)),
  };
}

function batchOf(value: number | undefined, refuse: (message: string) => Error): number {
  const batchSize = value ?? DEFAULT_BATCH;
  if (Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= MAX_BATCH) return batchSize;
  throw refuse(`batchSize must be a whole number from 1 to 10,000, got ${String(batchSize)}`);
}
