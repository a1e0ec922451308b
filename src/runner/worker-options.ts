import { ConfigurationError } from '../core/errors/definition-error';
import { parseDuration } from '../core/durations';
import type { Duration } from '../core/durations';
import type { ExecutionTiming } from './execution-host';
import type { QueueLimits } from './slot-needs';

/** How a worker works. Every option has a default that suits one service process; durations are ms or strings like `'30s'`. */
export interface WorkerOptions {
  /**
   * The queues it serves: it takes runs from them, and calls of tasks that name them. Default: `'default'` and every queue that a
   * registered workflow, flow or task names, so that one process alone can execute whatever it starts. Given, it is exactly these: tasks
   * of other queues are left to other workers, also those of its own runs.
   */
  readonly queues?: readonly string[];
  /** `runs` and `tasks` at once. */
  readonly concurrency?: number;
  /** How many runs it works on at a time. Default 100: more hide the database's latency better and hold more in memory. */
  readonly runs?: number;
  /** How many methods it calls at a time, over all runs. Default 100. */
  readonly tasks?: number;
  /** How long the database believes that this worker lives without news of it. Default 10 s: shorter recovers sooner, but a
   *  process that is busy or paused for longer loses its runs. */
  readonly lease?: Duration;
  /** How often it looks for work that nobody told it of. Default 2 s, ± 20 %. */
  readonly poll?: Duration;
  /** How long `close` lets running attempts finish. Default 30 s. */
  readonly drain?: Duration;
  /** Backoffs from this length on park the run, so that it costs no memory. Default 5 s. */
  readonly parkAfter?: Duration;
  /** A call that runs for longer is recorded as RUNNING; shorter ones are written once, when they end. Default 1 s. */
  readonly reportAfter?: Duration;
  /** How long a cancelled attempt may take to return a value that still counts. Default 10 s. */
  readonly cancelGrace?: Duration;
  /** How long a timed-out call that goes on keeps its place. Default 60 s. */
  readonly zombieAfter?: Duration;
  /** How often in a row a task may have killed its worker before it is FAILED with `WorkerLostError`. At least 2. Default 3. */
  readonly maxCrashes?: number;
}

/** `WorkerOptions` with defaults, in milliseconds. */
export interface WorkerSettings {
  readonly queues: readonly string[];
  readonly runs: number;
  readonly tasks: number;
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly drainMs: number;
  readonly maxCrashes: number;
  readonly queueLimits: QueueLimits;
  readonly timing: ExecutionTiming;
}

/** Applies the defaults. @throws ConfigurationError naming the option */
export function workerSettings(
  options: WorkerOptions,
  namedQueues: readonly string[],
  queueLimits: QueueLimits = new Map(),
): WorkerSettings {
  const concurrency = options.concurrency ?? 100;
  const settings: WorkerSettings = {
    queues: options.queues ?? [...new Set(['default', ...namedQueues])],
    runs: positive('runs', options.runs ?? concurrency),
    tasks: positive('tasks', options.tasks ?? concurrency),
    leaseMs: duration('lease', options.lease ?? '10s'),
    pollMs: duration('poll', options.poll ?? '2s'),
    drainMs: duration('drain', options.drain ?? '30s', true),
    maxCrashes: positive('maxCrashes', options.maxCrashes ?? 3),
    queueLimits,
    timing: {
      parkAfterMs: duration('parkAfter', options.parkAfter ?? '5s', true),
      reportAfterMs: duration('reportAfter', options.reportAfter ?? '1s', true),
      cancelGraceMs: duration('cancelGrace', options.cancelGrace ?? '10s', true),
      zombieAfterMs: duration('zombieAfter', options.zombieAfter ?? '60s', true),
    },
  };
  if (settings.queues.length === 0)
    throw new ConfigurationError('worker.queues is empty: name at least one queue, or leave it out');
  if (settings.maxCrashes < 2) {
    throw new ConfigurationError(
      'worker.maxCrashes must be at least 2: with one crash alone nobody could say who caused it',
    );
  }
  if (settings.leaseMs < 2 * settings.pollMs) {
    throw new ConfigurationError(
      `worker.lease (${settings.leaseMs} ms) must be at least twice worker.poll (${settings.pollMs} ms), which renews it`,
    );
  }
  return settings;
}

function positive(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new ConfigurationError(`worker.${name} must be a whole number above 0, got ${String(value)}`);
}

function duration(name: string, value: Duration, allowZero = false): number {
  return parseDuration(value, { what: `worker.${name}`, allowZero, of: 'configuration' });
}
