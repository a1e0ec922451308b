import { ConfigurationError } from '../core/errors/definition-error';
import { isQueueName } from '../graph/names';
import { MAX_LIMIT } from './slot-needs';
import type { QueueLimits } from './slot-needs';

/** What holds for a queue as a whole. */
export interface QueueOptions {
  /**
   * How many calls of nodes that run in this queue may run at a time, over all workers. Default: as many as the workers have
   * places. Where workers name different numbers, the lowest holds for as long as its workers ask for slots, and 10 s longer.
   */
  readonly concurrency?: number;
}

/** The limits of `RunnerOptions.queues`. @throws ConfigurationError naming the option */
export function queueLimits(queues: Readonly<Record<string, QueueOptions>> = {}): QueueLimits {
  const limits = new Map<string, number>();
  for (const [name, options] of Object.entries(queues)) {
    if (!isQueueName(name)) throw new ConfigurationError(`queues: ${JSON.stringify(name)} is no name of a queue`);
    const concurrency: unknown = options?.concurrency;
    if (concurrency === undefined) continue;
    if (!Number.isInteger(concurrency) || (concurrency as number) < 1 || (concurrency as number) > MAX_LIMIT) {
      throw new ConfigurationError(
        `queues.${name}.concurrency must be a whole number from 1 to ${MAX_LIMIT}, got ${String(concurrency)}`,
      );
    }
    limits.set(name, concurrency as number);
  }
  return limits;
}
