import type { Command } from 'commander';
import type { WorkerOptions } from '../../runner/worker-options';
import type { Cli } from '../cli';
import { loadEngine } from '../engine/load-engine';
import { UsageError } from '../exit-codes';
import { chooseDatabase } from '../target/choose-database';
import { loadApplication } from '../target/load-application';
import { runnerOptions } from '../target/open-operations';
import { collect, withDatabase } from '../target/options';
import type { TargetOptions } from '../target/options';
import { wholeNumber } from './json-argument';

interface WorkerCommandOptions extends TargetOptions {
  readonly queue?: readonly string[];
  readonly concurrency?: number;
}

/** A worker, until it is asked to stop. */
export function addWorker(program: Command, cli: Cli): void {
  withDatabase(program.command('worker'))
    .description('execute runs, until SIGTERM or Ctrl-C: running attempts may then end, the rest is given back')
    .option('--queue <name>', 'serve this queue, or several, and no other', collect('--queue'))
    .option('--concurrency <number>', 'runs and tasks at once (default: 100)', wholeNumber('--concurrency', 1))
    .action(async (options: WorkerCommandOptions) => {
      const terminal = cli.terminal(options);
      const { database } = await chooseDatabase(options, cli.world, (text) => terminal.warn(text));
      const config = await loadApplication(cli.world, options.config);
      if (database === 'memory:')
        throw new UsageError('worker: memory: is of one process, and nobody could start a run in this one');
      const runner = await loadEngine().WorkflowRunner.create({
        ...runnerOptions(config),
        ...(database !== undefined && { database }),
        worker: { ...config.worker, ...workerOptions(options) },
      });
      const workers = await runner.workers();
      const own = workers.find(({ id }) => id === runner.health?.id);
      if (terminal.isJson) terminal.jsonLine({ worker: own?.id, queues: own?.queues, workflows: own?.workflows });
      else terminal.line(`worker ${own?.label ?? ''} takes ${(own?.queues ?? []).join(', ')} (${runner.store})`);
      await untilInterrupted(cli);
      if (!terminal.isJson) terminal.note('closing: running attempts may end; again ends the process at once');
      await runner.close();
    });
}

/** Resolves at the first Ctrl-C or SIGTERM; another one ends the process. */
export function untilInterrupted({ world }: Cli): Promise<void> {
  return new Promise((resolve) => world.onInterrupt(resolve));
}

function workerOptions({ queue, concurrency }: Pick<WorkerCommandOptions, 'queue' | 'concurrency'>): WorkerOptions {
  return { ...(queue !== undefined && { queues: queue }), ...(concurrency !== undefined && { concurrency }) };
}
