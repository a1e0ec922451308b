import { Command } from 'commander';
import type { CommanderError } from 'commander';
import { packageVersion } from '../application/package-version';
import type { Cli } from './cli';
import { addCancelAndRetry } from './commands/cancel-retry';
import { addDefinitionCommands } from './commands/definition-commands';
import { addFleetCommands } from './commands/fleet-commands';
import { addFollowCommands } from './commands/follow-commands';
import { addList } from './commands/list-command';
import { addMigrate } from './commands/migrate-command';
import { addRun } from './commands/run-command';
import { addRunCommands } from './commands/run-commands';
import { addSchedules } from './commands/schedule-commands';
import { addStart } from './commands/start-command';
import { addWorker } from './commands/worker-command';
import { addDev } from './dev/dev-command';
import { addDevChild } from './dev/dev-child';
import { addDoctor } from './doctor/doctor-command';
import { addInit } from './init/init-command';
import { safeText } from './output/safe-text';
import { addServe } from './serving/serve-command';
import { EXIT, ExitError, UsageError } from './exit-codes';

/**
 * All commands. What the parser has to say ends with an `ExitError`, like what they have; where programs read it, a mistake with a `UsageError`.
 */
export function createProgram(cli: Cli, isJson: boolean): Command {
  const program = new Command('typeflow')
    .description('Durable workflows for TypeScript.')
    .version(packageVersion(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    // `start --version 2` is of the workflow.
    .enablePositionalOptions()
    .showHelpAfterError('(see --help)');
  addInit(program, cli);
  addDev(program, cli);
  addDevChild(program, cli);
  addWorker(program, cli);
  addServe(program, cli);
  addMigrate(program, cli);
  addDefinitionCommands(program, cli);
  addRun(program, cli);
  addStart(program, cli);
  addList(program, cli);
  addRunCommands(program, cli);
  addFollowCommands(program, cli);
  addCancelAndRetry(program, cli);
  addSchedules(program, cli);
  addFleetCommands(program, cli);
  addDoctor(program, cli);
  for (const command of allOf(program)) {
    command
      .exitOverride((error) => {
        const exitCode = exitCodeOfParser(error);
        throw isJson && exitCode === EXIT.usage
          ? new UsageError(error.message.replace(/^error: /, ''))
          : new ExitError(exitCode);
      })
      .configureOutput({
        writeOut: (text) => cli.world.stdout.write(text),
        // It quotes what it was given.
        writeErr: (text) => isJson || cli.world.stderr.write(text.split('\n').map(safeText).join('\n')),
      });
  }
  return program;
}

function allOf(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(allOf)];
}

/** Help that was asked for is no mistake; help because no command was given is one. */
function exitCodeOfParser({ code }: CommanderError): number {
  return code === 'commander.helpDisplayed' || code === 'commander.version' ? EXIT.ok : EXIT.usage;
}
