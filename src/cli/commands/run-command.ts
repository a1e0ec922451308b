import type { Command } from 'commander';
import type { Operations } from '../../application/operations';
import type { RunDetailView, RunView } from '../../application/views';
import type { Cli } from '../cli';
import { EXIT, ExitError } from '../exit-codes';
import { RunProgress, eventLine } from '../output/run-progress';
import { safeJson } from '../output/safe-text';
import { styled } from '../output/terminal';
import type { Terminal } from '../output/terminal';
import { withTarget } from '../target/options';
import type { TargetOptions } from '../target/options';
import { toCreate, withStart } from './start-options';
import type { StartCommandOptions } from './start-options';

type Options = TargetOptions & StartCommandOptions;

/**
 * Starts a run and follows it to its end. Its output alone goes to standard output, so that it can be piped; what happens meanwhile goes to standard
 * error, drawn anew on a terminal. Ctrl-C ends the following, not the run.
 */
export function addRun(program: Command, cli: Cli): void {
  withTarget(withStart(program.command('run <workflow> [flow]')))
    .description('start a run, follow it and print its output')
    .action(async (workflow: string, flow: string | undefined, options: Options) => {
      const params = await toCreate(cli.world, workflow, flow, options);
      await cli.operate({ ...options, worker: true }, async (operations, terminal) => {
        const { id } = await operations.create({ ...params, start: true });
        const run = await cli
          .interruptible((signal) => follow(operations, id, { terminal, signal }))
          .catch((error: unknown) => {
            if (error instanceof ExitError) terminal.note(`no longer followed; it goes on: typeflow show ${id}`);
            throw error;
          });
        tellEnd(run, terminal);
      });
    });
}

interface Following {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

async function follow(operations: Operations, id: string, following: Following): Promise<RunDetailView> {
  const { terminal, signal } = following;
  const progress = new RunProgress(await operations.get(id));
  if (!terminal.isJson) terminal.note([styled('dim', `run ${id}`)]);
  for await (const event of operations.events(id, { signal })) {
    progress.apply(event);
    if (terminal.isLive) terminal.draw(progress.lines(terminal.rows));
    else if (!terminal.isJson) terminal.note(eventLine(event));
  }
  return operations.get(id);
}

function tellEnd(run: RunView, terminal: Terminal): void {
  if (terminal.isJson) terminal.json(run);
  else if (run.status === 'COMPLETED') terminal.text(safeJson(run.output ?? null, 2));
  else {
    const { message = `the run is ${run.status}`, code } = run.error ?? {};
    terminal.fail({ name: run.status, message: `${run.status}: ${message}`, code });
  }
  if (run.status !== 'COMPLETED') throw new ExitError(EXIT.failed);
}
