import { ConstantBackoff, DelegateBackoff, ExponentialBackoff, noJitterGenerator } from 'cockatiel';
import type { IBackoff, IBackoffFactory } from 'cockatiel';
import type { RetryOptions } from '../graph/node-options';

/** Past this many doublings every exponential delay stands at its maximum; the series is not walked further. */
const LONGEST_SERIES = 64;

/**
 * The delay before the attempt that follows attempt number `attempt`, whole milliseconds.
 *
 * The series comes from Cockatiel's backoff classes. With jitter the delay is drawn between one half and the whole of the
 * series' value, so that many tasks that failed together do not come back together, and none comes back at once.
 *
 * @param random a number in [0, 1): drawn by the caller, recorded with the attempt
 */
export function backoffDelayMs(options: RetryOptions, attempt: number, random: number): number {
  const whole = Math.min(nthDelayMs(options, attempt), options.maxDelayMs);
  return Math.round(options.jitter ? whole / 2 + (random * whole) / 2 : whole);
}

function nthDelayMs(options: RetryOptions, attempt: number): number {
  if (options.initialDelayMs === 0) return 0;
  if (options.backoff === 'constant') return new ConstantBackoff(options.initialDelayMs).next().duration;
  if (options.backoff === 'linear') {
    return new DelegateBackoff<number>((n) => n * options.initialDelayMs).next(attempt)?.duration ?? 0;
  }
  const { initialDelayMs: initialDelay, maxDelayMs: maxDelay } = options;
  const series = new ExponentialBackoff({ initialDelay, maxDelay, exponent: 2, generator: noJitterGenerator });
  return walk(series, Math.min(attempt, LONGEST_SERIES)).duration;
}

function walk(factory: IBackoffFactory<unknown>, steps: number): IBackoff<unknown> {
  let current = factory.next(undefined);
  for (let step = 1; step < steps; step++) current = current.next(undefined);
  return current;
}
