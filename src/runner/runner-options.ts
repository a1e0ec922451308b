import type { DependencyContainer } from 'tsyringe';
import type { DataSource } from 'typeorm';
import type { TypeflowLogger } from '../core/logger';
import type { Telemetry } from '../telemetry/telemetry';
import type { WorkflowRef } from '../decorators/workflow-types';
import type { ContainerAdapter } from '../di/container-adapter';
import type { PayloadCodec } from '../store/sealed/payload-codec';
import type { JournalOptions } from './journal-options';
import type { RunLogOptions } from './events/run-log-options';
import type { RetentionOptions } from './retention/retention-options';
import type { QueueOptions } from './queue-options';
import type { WorkerOptions } from './worker-options';

/** What a runner is made of. */
export interface RunnerOptions {
  /** The workflows that this runner starts and its worker executes. */
  readonly workflows: readonly WorkflowRef[];
  /**
   * Where runs are kept:
   * - `'memory:'`: nowhere, for tests; of the runs that are over, the last 10,000 can be read
   * - `'pglite:<folder>'`, or `'pglite:'` in memory: an embedded PostgreSQL, one process at a time
   * - `'postgres://…'`: a server, any number of processes
   * - a TypeORM `DataSource` of type `postgres`: the application's own, in whose database the schema is made
   *
   * Default: the environment variable `TYPEFLOW_DATABASE`, else `'pglite:.typeflow'`.
   */
  readonly database?: string | DataSource;
  /** The database schema of our tables. Default `'typeflow'`. */
  readonly schema?: string;
  /** Whether pending migrations are run; with `false` they are a `SchemaOutdatedError`. Default true. */
  readonly migrate?: boolean;
  /**
   * `'transaction'` when the database is reached through PgBouncer, or another pooler, that hands out a session per transaction. What such
   * a pooler refuses or mixes up is then left out: parameters of the session, prepared statements and `LISTEN`. That costs speed, and
   * new work is found by polls. Default: a server, or a pooler in session mode.
   */
  readonly pooler?: 'transaction';
  /**
   * Whether a worker on PostgreSQL hears of new work by `LISTEN`, on one connection beside the pool, instead of finding it with its
   * next poll. Default true. `false` saves that connection.
   */
  readonly listen?: boolean;
  /**
   * Whether this process tells the workers of others of new work and cancels, by `NOTIFY`: outside of transactions and grouped, except
   * for `start({ manager })`, whose message commits with your transaction. PostgreSQL lets such commits through one at a time, so
   * turn it off where many of them must be fast. Default true; `false` leaves others to their polls.
   */
  readonly notify?: boolean;
  /**
   * Where workflow classes come from and the runner is registered: a tsyringe container, or an adapter to another one. Default: the global
   * container of tsyringe.
   */
  readonly container?: DependencyContainer | ContainerAdapter;
  /**
   * Options of queues by name, such as `{ gpu: { concurrency: 2 } }`: at most two calls at a time, over all workers, of nodes that run in
   * queue `gpu`. Give every worker the same. Default: no limits, which cost nothing.
   */
  readonly queues?: Readonly<Record<string, QueueOptions>>;
  /** How this process executes runs; `false` makes a client that only starts and inspects. */
  readonly worker?: WorkerOptions | false;
  /** How results are grouped into commits. */
  readonly journal?: JournalOptions;
  /**
   * Signals that close the runner and end the process, such as `['SIGTERM', 'SIGINT']`. The first one does what `close` does, and the process
   * then exits with code 0; a second one ends it at once, with 128 and the signal's number (143 after SIGTERM, 130 after SIGINT).
   * It ends at the latest 15 s after the worker's `drain`, also while the database does not answer. Default none: a process that has more to
   * close than this runner calls `close` from handlers of its own.
   */
  readonly signals?: readonly NodeJS.Signals[];
  /**
   * How long this process' worker keeps runs after their end, and how often it deletes older ones. Default: every run is kept.
   * Give all workers of a database the same: one of them does each round, by its own settings.
   */
  readonly retention?: RetentionOptions;
  /** Default: warnings and errors as JSON lines on standard error. */
  readonly logger?: TypeflowLogger;
  /**
   * Who hears of runs, nodes and attempts, and of leases and commits: `openTelemetry()` of `typeflow/telemetry`, `prometheusMetrics().telemetry`,
   * or your own. Give it to clients as well: they begin the traces. Default: nobody, which costs nothing.
   */
  readonly telemetry?: Telemetry | readonly Telemetry[];
  /**
   * What is kept of `ctx.logger` and `ctx.progress` with each run, for `logs` and `events`: the last 1,000 lines from level `info` on. A line is a
   * row, written in groups beside the records; `false` keeps none.
   */
  readonly runLogs?: RunLogOptions | false;
  /**
   * Seals what is stored of values: `aesGcmPayloads` encrypts it, and any other codec may. Every runner of a database needs the same, to the keys; a
   * run whose values a worker cannot open waits for one that can. What was stored before stays readable. Default: values are plain `jsonb`,
   * which SQL can query. docs/encryption.md says what is covered.
   */
  readonly payloads?: PayloadCodec;
  /** Cap of one encoded value, bytes. Default 4 MiB: larger results belong in a store made for them, and their address here. */
  readonly maxValueBytes?: number;
}
