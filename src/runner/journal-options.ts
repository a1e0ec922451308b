import { parseDuration } from '../core/durations';
import type { Duration } from '../core/durations';
import { ConfigurationError } from '../core/errors/definition-error';
import { DEFAULT_JOURNAL } from '../store/journal-limits';
import type { JournalLimits } from '../store/journal-limits';

/**
 * How results are grouped into commits. Whatever comes in while one flush is on its way goes into the next; these bound it. On
 * `memory:` they have no effect.
 *
 * @example WorkflowRunner.create({ workflows, journal: { maxDelay: '5ms' } }) // fewer commits, and up to 5 ms more per step
 */
export interface JournalOptions {
  /** Rows in one flush at most. Default 2,000: more gain nothing on a fast disk, and hold locks for longer. */
  readonly maxRows?: number;
  /** Bytes of values in one flush at most. Default 8 MiB: larger texts stop the process while they are put together. */
  readonly maxBytes?: number;
  /** How long a result waits for others when nothing is on its way. Default 0: the least latency; a few ms save commits where
   *  results come in one by one and the disk is slow. */
  readonly maxDelay?: Duration;
}

/** Applies the defaults. @throws ConfigurationError naming the option */
export function journalLimits(options: JournalOptions = {}): JournalLimits {
  return {
    maxRows: positive('maxRows', options.maxRows ?? DEFAULT_JOURNAL.maxRows),
    maxBytes: positive('maxBytes', options.maxBytes ?? DEFAULT_JOURNAL.maxBytes),
    maxDelayMs: parseDuration(options.maxDelay ?? DEFAULT_JOURNAL.maxDelayMs, {
      what: 'journal.maxDelay',
      allowZero: true,
      of: 'configuration',
    }),
  };
}

function positive(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new ConfigurationError(`journal.${name} must be a whole number above 0, got ${String(value)}`);
}
