import 'reflect-metadata';
import { container as globalContainer } from 'tsyringe';
import { WorkflowRunner } from '../../src';
import type { RunRecord, RunnerOptions } from '../../src';
import { MemoryLogger } from '../fixtures/memory-logger';

/** A database for one suite, and how to be rid of it. */
export type OpenDatabase = () => Promise<{
  readonly database: RunnerOptions['database'];
  /** What a runner on this database needs. */
  readonly options?: Partial<RunnerOptions>;
  drop(): Promise<void>;
}>;

/** Runners on one database, one after the other. */
export interface EngineFixture {
  /** A runner with these workflows; the one before it is closed. */
  use(workflows: RunnerOptions['workflows'], options?: Partial<RunnerOptions>): Promise<WorkflowRunner>;
}

/** Opens the database before the suite that calls this, and closes everything after it. */
export function engineFixture(openDatabase: OpenDatabase): EngineFixture {
  let database: Awaited<ReturnType<OpenDatabase>>;
  let runner: WorkflowRunner | undefined;
  beforeAll(async () => {
    database = await openDatabase();
  });
  afterAll(async () => {
    await runner?.close();
    await database.drop();
  });
  return {
    async use(workflows, options = {}) {
      await runner?.close();
      runner = await WorkflowRunner.create({
        workflows,
        database: database.database ?? 'memory:',
        container: globalContainer.createChildContainer(),
        logger: new MemoryLogger(),
        ...database.options,
        ...options,
        worker: options.worker !== false && { poll: '50ms', cancelGrace: '200ms', drain: '2s', ...options.worker },
      });
      return runner;
    },
  };
}

/** The statuses of a run's nodes, by name. */
export function statuses(run: RunRecord | undefined): Record<string, string> {
  return Object.fromEntries(
    (run?.nodes ?? []).map((node) => [
      node.index === undefined ? node.task : `${node.task}[${node.index}]`,
      node.status,
    ]),
  );
}

/** Rejects with the signal's reason once it is aborted. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
