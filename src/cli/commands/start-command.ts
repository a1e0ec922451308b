import type { Command } from 'commander';
import type { Cli } from '../cli';
import { statusPiece } from '../output/status-style';
import { styled } from '../output/terminal';
import { withTarget } from '../target/options';
import type { TargetOptions } from '../target/options';
import { toCreate, withStart } from './start-options';
import type { StartCommandOptions } from './start-options';

export function addStart(program: Command, cli: Cli): void {
  withTarget(withStart(program.command('start <workflow> [flow]')))
    .description('start a run, and do not wait for it')
    .option('--held', 'create it only; execute sets it going')
    .action(
      async (
        workflow: string,
        flow: string | undefined,
        options: TargetOptions & StartCommandOptions & { readonly held?: boolean },
      ) => {
        const params = await toCreate(cli.world, workflow, flow, options);
        await cli.operate(options, async (operations, terminal) => {
          const run = await operations.create({ ...params, start: options.held !== true });
          if (terminal.isJson) return terminal.json(run);
          terminal.line(run.id);
          const told = run.isNew
            ? run.isHeld
              ? 'held: typeflow execute sets it going'
              : run.status
            : 'the key found it';
          terminal.note([styled('dim', `${run.workflow}.${run.flow ?? '?'} `), statusPiece(run.status, told)]);
        });
      },
    );
}
