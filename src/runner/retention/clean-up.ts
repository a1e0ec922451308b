import type { Clock } from '../../core/clock';
import type { RunPosition } from '../../store/delete-runs';
import type { Store } from '../../store/store';
import type { RetentionRule } from './retention-options';

export interface CleanupResult {
  /** How many runs were deleted. */
  readonly deleted: number;
  /** False when it was stopped before it had looked at every run that is old enough. */
  readonly isComplete: boolean;
}

/** A pause between two batches is at least this long, ms. */
const SHORTEST_PAUSE_MS = 20;

/**
 * Deletes batch by batch. Each batch is followed by a pause as long as itself, so that a cleanup never takes more than half of one
 * connection's time, and the less the slower the database is.
 *
 * @param signal stops between two batches, and ends a pause
 */
export async function cleanUp(
  store: Store,
  clock: Clock,
  { ages, batchSize }: RetentionRule,
  signal: AbortSignal,
): Promise<CleanupResult> {
  let deleted = 0;
  for (let after: RunPosition | undefined; !signal.aborted;) {
    const sentAt = clock.monotonic();
    const batch = await store.deleteRuns({ ages, limit: batchSize, after });
    deleted += batch.deleted;
    if (batch.next === undefined) return { deleted, isComplete: true };
    after = batch.next;
    await pause(clock, Math.max(SHORTEST_PAUSE_MS, clock.monotonic() - sentAt), signal);
  }
  return { deleted, isComplete: false };
}

function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.setTimer(delayMs, end);
    signal.addEventListener('abort', end, { once: true });
  });
}
