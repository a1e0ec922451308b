import { Cli } from './cli';
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
    await createProgram(cli).parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof ExitError) return error.exitCode;
    // The parser may not have come as far as the option.
    const terminal = cli.terminal({ json: args.includes('--json') });
    terminal.fail(error instanceof Error ? error : { name: 'Error', message: String(error) });
    return exitCodeOf(error);
  }
}
