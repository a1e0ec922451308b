import type { ApplicationConfig } from '../../application/define-config';
import type { createOperations } from '../../application/local-operations';
import type { Operations } from '../../application/operations';
import { databaseOf } from '../../runner/default-database';
import type { RunnerOptions } from '../../runner/runner-options';
import { loadEngine } from '../engine/load-engine';
import type { Terminal } from '../output/terminal';
import { RemoteOperations } from '../remote/remote-operations';
import type { World } from '../world';
import { chooseTarget } from './choose-target';
import { loadApplication, loadApplicationFor } from './load-application';
import type { TargetOptions } from './options';
import { terminalLogger } from './terminal-logger';

/** What a command needs. */
export interface Needs {
  /** Somebody must execute what it starts: on an embedded database that is this process, which has it for itself. */
  readonly worker?: boolean;
}

interface Around {
  readonly world: World;
  readonly terminal: Terminal;
}

/** Operations on what the command line names. Closing them closes all that was opened. */
export async function openOperations(
  options: TargetOptions,
  { worker = false }: Needs,
  { world, terminal }: Around,
): Promise<Operations> {
  if (world.operations !== undefined) return world.operations;
  const target = chooseTarget(options, world, (text) => terminal.warn(text));
  if (target.kind === 'service') return new RemoteOperations(target);
  const config = await loadApplicationFor(target.database, world, options.config);
  const database = databaseOf(target.database ?? config.database);
  const isEmbedded = isEmbeddedDatabase(database);
  const { WorkflowRunner, createOperations } = loadEngine();
  const runner = await WorkflowRunner.create({
    ...runnerOptions(config),
    database,
    // A command that looks must not change a schema that others work on.
    migrate: isEmbedded ? (config.migrate ?? true) : false,
    worker: isEmbedded && worker ? (config.worker ?? {}) : false,
    logger: terminalLogger(terminal),
  });
  return createOperations(runner, redactionOf(config));
}

/** The definitions of an application, and what can be told of them, without its database. */
export async function openDefinitions(options: TargetOptions, { world, terminal }: Around): Promise<Operations> {
  const isElsewhere = options.url !== undefined || options.database !== undefined;
  if (world.operations !== undefined || isElsewhere) return openOperations(options, {}, { world, terminal });
  const config = runnerOptions(await loadApplication(world, options.config));
  const logger = terminalLogger(terminal);
  const { WorkflowRunner, createOperations } = loadEngine();
  return createOperations(await WorkflowRunner.create({ ...config, database: 'memory:', worker: false, logger }));
}

/** What of an application is the runner's. */
export function runnerOptions({
  service: _service,
  worker: _worker,
  ...options
}: ApplicationConfig): Omit<RunnerOptions, 'signals' | 'worker'> {
  return options;
}

function redactionOf({ service }: ApplicationConfig): Parameters<typeof createOperations>[1] {
  return service?.redact === undefined ? {} : { redact: service.redact };
}

/** One process at a time has it. */
export function isEmbeddedDatabase(database: RunnerOptions['database']): boolean {
  return typeof database === 'string' && (database === 'memory:' || database.startsWith('pglite:'));
}
