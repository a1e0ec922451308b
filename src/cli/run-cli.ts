import { Cli } from './cli';
import { ApplicationNotLoadedError } from '../core/errors/definition-error';
import { ExitError, exitCodeOf } from './exit-codes';
import { createProgram } from './program';
import type { World } from './world';

/**
 * Runs one command line.
 *
 * @returns the exit code; docs/cli.md has the table
 */
export async function runCli(args: readonly string[], world: World): Promise<number> {
  const cli = new Cli(world);
  try {
    await createProgram(cli, isJson(args)).parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof ExitError) return error.exitCode;
    return fail(error, args, cli);
  }
}

/** Tells that the command is not done, and never will be. @returns the exit code */
export function tellUnsettled(args: readonly string[], world: World): number {
  const message =
    'nothing is left that the process could wait for, and the command is not done: a promise of the application, such as one that its configuration awaits, never settles';
  return fail(new ApplicationNotLoadedError(message), args, new Cli(world));
}

function fail(error: unknown, args: readonly string[], cli: Cli): number {
  const terminal = cli.terminal({ json: isJson(args) });
  terminal.fail(error instanceof Error ? error : { name: 'Error', message: String(error) });
  return exitCodeOf(error);
}

/** The parser may not come as far as the option. */
function isJson(args: readonly string[]): boolean {
  return args.includes('--json');
}
