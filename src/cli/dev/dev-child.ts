import path from 'node:path';
import type { Command } from 'commander';
import { databaseOf } from '../../runner/default-database';
import type { Cli } from '../cli';
import { EXIT, ExitError, UsageError } from '../exit-codes';
import { portNumber } from '../commands/json-argument';
import { startServing } from '../serving/start-serving';
import { loadApplication } from '../target/load-application';
import { terminalLogger } from '../target/terminal-logger';
import type { FromChild, ToChild } from './dev-messages';

interface ChildOptions {
  readonly config?: string;
  readonly database?: string;
  readonly port?: number;
  readonly json?: boolean;
}

/** A reload must not wait for long tasks; what is given back is called again, uncharged. */
const DRAIN = '2s';

/** The process of the application, which `dev` starts, and starts anew. It ends when it is told to, or its parent is gone. */
export function addDevChild(program: Command, cli: Cli): void {
  program
    .command('dev-child', { hidden: true })
    .option('--json')
    .option('--config <file>')
    .option('--database <url>')
    .option('--port <number>', '', portNumber('--port'))
    .action(async (options: ChildOptions) => {
      if (process.send === undefined) throw new UsageError('dev-child is started by typeflow dev');
      const closing = untilToldToClose();
      const terminal = cli.terminal(options);
      const config = await loadApplication(cli.world, options.config);
      const database = databaseOf(options.database ?? config.database);
      if (database === 'memory:')
        throw new UsageError(
          "dev: expected a database that outlives a reload, got 'memory:'; leave it out for pglite:.typeflow",
        );
      const serving = await startServing({
        config,
        database,
        worker: { drain: DRAIN, ...config.worker },
        port: options.port,
        logger: config.logger ?? terminalLogger(terminal),
      });
      const { url, runner } = serving;
      const workflows = [...new Set(runner.workflows.map(({ graph }) => graph.name))];
      process.send({
        kind: 'ready',
        url,
        store: runner.store,
        workflows,
        folders: loadedFolders(),
      } satisfies FromChild);
      await closing;
      await serving.close();
      // The channel to the parent would keep the process.
      throw new ExitError(EXIT.ok);
    });
}

/** Ctrl-C reaches this process, too, but it is the parent's to act on. */
function untilToldToClose(): Promise<void> {
  process.on('SIGINT', () => undefined);
  return new Promise((resolve) => {
    process.on('message', (message: ToChild) => {
      if (message.kind === 'close') resolve();
    });
    process.once('disconnect', resolve);
    process.once('SIGTERM', () => resolve());
  });
}

/** Where the modules of the application stand: what they import from elsewhere in the project is watched, too. */
function loadedFolders(): readonly string[] {
  const isOurs = (file: string): boolean => file.startsWith(path.join(__dirname, '..', '..') + path.sep);
  const files = Object.keys(require.cache).filter(
    (file) => !file.includes(`${path.sep}node_modules${path.sep}`) && !isOurs(file),
  );
  return [...new Set(files.map((file) => path.dirname(file)))];
}
