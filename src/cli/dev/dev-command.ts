import path from 'node:path';
import type { Command } from 'commander';
import { requireConfig } from '../../application/config/find-config';
import type { Cli } from '../cli';
import { EXIT, ExitError } from '../exit-codes';
import { styled } from '../output/terminal';
import type { Terminal } from '../output/terminal';
import { portNumber } from '../commands/json-argument';
import { chooseTarget } from '../target/choose-target';
import { collect, withDatabase } from '../target/options';
import type { TargetOptions } from '../target/options';
import { removeDevAddress, writeDevAddress } from './dev-address';
import type { FromChild } from './dev-messages';
import { SourceWatcher } from './source-watcher';
import { Supervisor } from './supervisor';

interface DevOptions extends TargetOptions {
  readonly port?: number;
  readonly watch?: readonly string[];
}

/**
 * The application as one process with its database, a worker and the service. This process only watches the sources: when one changes, the other is
 * ended and started anew. Runs go on where they were, because all that matters of them is in the database.
 */
export function addDev(program: Command, cli: Cli): void {
  withDatabase(program.command('dev'))
    .description('database, worker and service in one process, started anew when a source changes')
    .option('--port <number>', 'of the service (default: 4400; 0 takes a free one)', portNumber('--port'))
    .option('--watch <folder>', 'watch this folder, too; may be given several times', collect('--watch'))
    .action(async (options: DevOptions) => {
      const terminal = cli.terminal(options);
      if (options.database !== undefined) chooseTarget(options, cli.world, (text) => terminal.warn(text));
      await new Dev(cli, options, terminal).run();
    });
}

class Dev {
  readonly #cli: Cli;
  readonly #options: DevOptions;
  readonly #terminal: Terminal;
  readonly #watcher: SourceWatcher;
  readonly #supervisor: Supervisor;
  #isReady = false;
  #end: (exitCode: number) => void = () => undefined;

  constructor(cli: Cli, options: DevOptions, terminal: Terminal) {
    this.#cli = cli;
    this.#options = options;
    this.#terminal = terminal;
    this.#watcher = new SourceWatcher((file) => this.#changed(file));
    this.#supervisor = new Supervisor({
      main: process.argv[1] as string,
      args: (port) => childArguments(options, port),
      cwd: cli.world.cwd,
      env: cli.world.env,
      onReady: (ready) => this.#ready(ready),
      onEnd: (exitCode) => this.#childEnded(exitCode),
    });
  }

  async run(): Promise<void> {
    const { world } = this.#cli;
    const config = requireConfig(world.cwd, this.#options.config);
    const ended = new Promise<number>((resolve) => (this.#end = resolve));
    const stopListening = world.onInterrupt(() => this.#end(EXIT.ok));
    this.#watcher.addTree(path.dirname(config));
    for (const folder of this.#options.watch ?? []) this.#watcher.addTree(path.resolve(world.cwd, folder));
    await this.#supervisor.restart();
    const exitCode = await ended;
    this.#watcher.close();
    removeDevAddress(world.cwd, process.pid);
    await this.#supervisor.stop();
    stopListening();
    throw new ExitError(exitCode);
  }

  #ready({ url, store, workflows, folders }: FromChild): void {
    try {
      writeDevAddress(this.#cli.world.cwd, { url, pid: process.pid });
    } catch (error) {
      this.#terminal.fail(error as Error);
      return this.#end(EXIT.failed);
    }
    for (const folder of folders) this.#watcher.add(folder);
    if (this.#terminal.isJson) this.#terminal.jsonLine({ event: 'ready', url, store, workflows });
    else if (this.#isReady) this.#terminal.line([styled('green', 'ready again: '), url]);
    else this.#greet(url, store, workflows);
    this.#isReady = true;
  }

  #greet(url: string, store: string, workflows: readonly string[]): void {
    this.#terminal.line([styled('green', 'ready: '), styled('bold', url), ` (${store}; ${workflows.join(', ')})`]);
    this.#terminal.note([
      styled('dim', `watching ${this.#watcher.size} folders; Ctrl-C ends it, and runs go on next time`),
    ]);
  }

  #changed(file: string): void {
    const { cwd } = this.#cli.world;
    if (this.#terminal.isJson) this.#terminal.jsonLine({ event: 'reload', file: path.relative(cwd, file) });
    else this.#terminal.line([styled('yellow', 'reload: '), path.relative(cwd, file)]);
    void this.#supervisor.restart();
  }

  /** A mistake in a source is mended and saved; at the first start there may be another reason, which no change would mend. */
  #childEnded(exitCode: number): void {
    removeDevAddress(this.#cli.world.cwd, process.pid);
    if (!this.#isReady) return this.#end(exitCode === 0 ? EXIT.failed : exitCode);
    if (this.#terminal.isJson) this.#terminal.jsonLine({ event: 'ended', exitCode });
    else
      this.#terminal.note([
        styled('red', `the application ended with code ${exitCode}; `),
        'it starts anew when a source changes',
      ]);
  }
}

function childArguments(options: DevOptions, port = options.port): readonly string[] {
  const { config, database, json } = options;
  return [
    'dev-child',
    ...(json === true ? ['--json'] : []),
    ...(config === undefined ? [] : ['--config', config]),
    ...(database === undefined ? [] : ['--database', database]),
    ...(port === undefined ? [] : ['--port', String(port)]),
  ];
}
