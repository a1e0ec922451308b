import type { Command } from 'commander';
import { databaseOf } from '../../runner/default-database';
import type { Cli } from '../cli';
import { untilInterrupted } from '../commands/worker-command';
import { portNumber } from '../commands/json-argument';
import { chooseDatabase } from '../target/choose-database';
import { loadApplication } from '../target/load-application';
import { isEmbeddedDatabase } from '../target/open-operations';
import { withDatabase } from '../target/options';
import type { TargetOptions } from '../target/options';
import { startServing } from './start-serving';
import { whereToListen } from './where-to-listen';
import type { ListenOptions } from './where-to-listen';

interface ServeOptions extends TargetOptions, ListenOptions {
  readonly worker?: boolean;
}

/** The service, until it is asked to stop. */
export function addServe(program: Command, cli: Cli): void {
  withDatabase(program.command('serve'))
    .description('serve the application over HTTP, until SIGTERM or Ctrl-C')
    .option('--host <address>', 'where to listen (or TYPEFLOW_HOST; default: 127.0.0.1; another one needs tokens)')
    .option('--port <number>', 'or TYPEFLOW_PORT (default: 4400; 0 takes a free one)', portNumber('--port'))
    .option('--worker', 'execute runs in this process, too; on an embedded database it does so anyway')
    .action(async (options: ServeOptions) => {
      const terminal = cli.terminal(options);
      const chosen = await chooseDatabase(options, cli.world, (text) => terminal.warn(text));
      const config = await loadApplication(cli.world, options.config);
      const isWorking = options.worker === true || isEmbeddedDatabase(databaseOf(chosen.database));
      const serving = await startServing({
        config,
        database: chosen.database,
        worker: isWorking ? (config.worker ?? {}) : false,
        ...whereToListen(options, cli.world.env),
      });
      const { url, runner } = serving;
      if (terminal.isJson) terminal.jsonLine({ url, store: runner.store, isWorking });
      else terminal.line(`serving ${url} (${runner.store}${isWorking ? ', with a worker' : ''})`);
      await untilInterrupted(cli);
      if (!terminal.isJson) terminal.note('closing; again ends the process at once');
      await serving.close();
    });
}
