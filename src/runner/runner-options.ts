import type { DependencyContainer } from 'tsyringe';
import type { DataSource } from 'typeorm';
import type { TypeflowLogger } from '../core/logger';
import type { WorkflowRef } from '../decorators/workflow-types';
import type { JournalOptions } from './journal-options';
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
  /** The tsyringe container that workflow classes come from and the runner is registered in. Default: the global one. */
  readonly container?: DependencyContainer;
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
   * How long this process' worker keeps runs after their end, and how often it deletes older ones. Default: every run is kept.
   * Give all workers of a database the same: one of them does each round, by its own settings.
   */
  readonly retention?: RetentionOptions;
  /** Default: warnings and errors as JSON lines on standard error. */
  readonly logger?: TypeflowLogger;
  /** Cap of one encoded value, bytes. Default 4 MiB: larger results belong in a store made for them, and their address here. */
  readonly maxValueBytes?: number;
}
