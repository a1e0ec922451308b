import { handleAll, handleWhen } from 'cockatiel';
import { ConcurrencyKeyError, NonRetryableError } from '../core/errors/task-errors';
import { ValueNotStorableError, NotAnArrayError, WaitNotReturnedError } from '../core/errors/task-errors';
import type { RetryOptions } from '../graph/node-options';

/**
 * Whether another call may help: not after a `NonRetryableError`, not after a value that cannot be stored (the next call
 * would have its side effects again and return the like), not without a concurrency key, which the same input gives no
 * other time either, nor after a wait that was not returned, and not when `retryIf` says no. A `retryIf` that itself throws
 * says no.
 */
export function isRetryable(options: RetryOptions, error: unknown): boolean {
  if (isFinalByItself(error)) return false;
  const { retryIf } = options;
  const filter = retryIf === undefined ? handleAll : handleWhen(retryIf);
  try {
    return filter.options.errorFilter(error as Error);
  } catch {
    return false;
  }
}

function isFinalByItself(error: unknown): boolean {
  if (
    error instanceof NonRetryableError ||
    error instanceof ValueNotStorableError ||
    error instanceof NotAnArrayError ||
    error instanceof WaitNotReturnedError ||
    error instanceof ConcurrencyKeyError
  ) {
    return true;
  }
  // The code, too: two copies of this package in one process must understand each other's errors.
  return error instanceof Error && (error as { code?: unknown }).code === 'NON_RETRYABLE';
}
