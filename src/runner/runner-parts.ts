import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { UuidV7Generator } from '../core/ids';
import type { TypeflowLogger } from '../core/logger';
import { definitionOf } from '../decorators/definition-of';
import type { WorkflowRef } from '../decorators/workflow-types';
import type { Clock } from '../core/clock';
import { adapterOf } from '../di/adapter-of';
import type { ContainerAdapter } from '../di/container-adapter';
import type { FlowGraph } from '../graph/workflow-graph';
import { createStore } from '../store/open-store';
import { sealStore } from '../store/sealed/sealed-store';
import type { Store } from '../store/store';
import { safeTelemetry } from '../telemetry/safe-telemetry';
import type { SafeTelemetry } from '../telemetry/safe-telemetry';
import { defaultLogger } from './default-logger';
import { KeptLines } from './events/kept-lines';
import { LocalEvents } from './events/local-events';
import { RunFollowers } from './events/run-followers';
import { runLogSettings } from './events/run-log-options';
import { databaseOf } from './default-database';
import { DefinitionRegistry } from './definition-registry';
import { systemSeams } from './engine-seams';
import type { EngineSeams } from './engine-seams';
import { journalLimits } from './journal-options';
import { queueLimits } from './queue-options';
import { createRetention } from './retention/create-retention';
import type { RetentionSchedule } from './retention/retention-schedule';
import { RunWaiters } from './run-waiters';
import type { RunnerOptions } from './runner-options';
import { safeLogger } from './safe-logger';
import type { QueueLimits } from './slot-needs';
import { Worker } from './worker';
import { workerSettings } from './worker-options';

const DEFAULT_MAX_VALUE_BYTES = 4 * 1024 * 1024;

/** What a runner is made of, and what its verbs share. */
export interface RunnerParts {
  readonly store: Store;
  readonly clock: Clock;
  /** How often it is looked for what other processes may have done, at least, ms. */
  readonly lookEveryMs?: number | undefined;
  readonly startsLater?: EngineSeams['startsLater'];
  readonly registry: DefinitionRegistry;
  readonly container: ContainerAdapter;
  readonly logger: TypeflowLogger;
  readonly telemetry: SafeTelemetry | undefined;
  /** Absent in a client. */
  readonly worker: Worker | undefined;
  readonly waiters: RunWaiters;
  readonly followers: RunFollowers;
  readonly events: LocalEvents;
  readonly lines: KeptLines;
  readonly retention: RetentionSchedule | undefined;
  readonly maxValueBytes: number;
  readonly queueLimits: QueueLimits;
  readonly ids: UuidV7Generator;
}

/**
 * Makes the parts of a runner. Nothing is connected or started yet.
 *
 * @throws DefinitionError, ConfigurationError
 */
export function createParts(options: RunnerOptions, seams: EngineSeams = systemSeams): RunnerParts {
  const { clock } = seams;
  const registry = new DefinitionRegistry(options.workflows);
  const container = adapterOf(options.container);
  for (const target of registry.classes) container.check(target);
  const plainLogger = safeLogger(options.logger ?? defaultLogger);
  const telemetry = safeTelemetry(options.telemetry, plainLogger);
  const logger = telemetry?.loggingTo(plainLogger) ?? plainLogger;
  const database = databaseOf(options.database);
  const { schema, migrate, listen, notify, pooler } = options;
  const journal = journalLimits(options.journal);
  const onFlush = telemetry?.flushed;
  const storeOptions = { clock, schema, migrate, listen, notify, pooler, journal, onFlush };
  const plain = seams.store ?? createStore(database, storeOptions);
  const store = options.payloads === undefined ? plain : sealStore(plain, options.payloads);
  const shared = {
    store,
    clock,
    lookEveryMs: seams.lookEveryMs,
    startsLater: seams.startsLater,
    registry,
    container,
    logger,
    telemetry,
    maxValueBytes: options.maxValueBytes ?? DEFAULT_MAX_VALUE_BYTES,
    queueLimits: queueLimits(options.queues),
    ids: new UuidV7Generator(),
  };
  const waiters = new RunWaiters(store, clock, (runId) => worker?.isExecuting(runId) === true, seams.lookEveryMs);
  const followers = new RunFollowers(store, clock, seams.lookEveryMs);
  const events = new LocalEvents(logger, clock);
  const lines = new KeptLines({
    store,
    clock,
    logger,
    settings: runLogSettings(options.runLogs),
    onSaid: (line) => events.said(line),
    onKept: (runId) => followers.nudge(runId),
  });
  const told = { waiters, followers, events, lines };
  const worker: Worker | undefined =
    options.worker === false ? undefined : createWorker(shared, told, options.worker ?? {}, seams);
  const retention = createRetention(options.retention, worker, { store, clock, logger });
  return { ...shared, ...told, worker, retention };
}

/** Those who are told of what happens in runs. */
type Told = Pick<RunnerParts, 'waiters' | 'followers' | 'events' | 'lines'>;

function createWorker(
  parts: Omit<RunnerParts, 'worker' | keyof Told | 'retention'>,
  { waiters, followers, events, lines }: Told,
  options: Exclude<RunnerOptions['worker'], false | undefined>,
  { clock, isSystemClock, random, intercept, death, keepsStacks }: EngineSeams,
): Worker {
  const { store, registry, container, logger, telemetry, maxValueBytes, ids } = parts;
  return new Worker({
    store,
    registry,
    container,
    logger,
    telemetry,
    intercept,
    death,
    environment: {
      flowOf: (workflow, flow) => flowOf(registry, workflow, flow),
      clock,
      isSystemClock,
      logger,
      random,
      maxValueBytes,
      sayings: lines,
      keepsStacks,
    },
    news: {
      claimed: (run) => {
        events.claimed(run);
        followers.nudge(run.id);
      },
      recorded: (run, record, applied, now) => {
        events.recorded(run, record, applied, now);
        followers.nudge(run.id);
      },
    },
    settings: workerSettings(options, registry.namedQueues, parts.queueLimits),
    newId: () => ids.next(clock.now(), randomUUID()),
    label: `${hostname()}:${process.pid}`,
    onEnd: (run, end) => (end.kind === 'finished' ? waiters.settle(run.id, end.result) : waiters.left(run.id)),
  });
}

/** The workflow of a child need not be registered here: whoever has it executes it. */
function flowOf(registry: DefinitionRegistry, workflow: unknown, flow: string): FlowGraph {
  return registry.requireFlow(definitionOf(workflow as WorkflowRef), flow);
}
