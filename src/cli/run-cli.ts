import { packageVersion } from '../application/package-version';

/** Where a command writes; a `process` is one. */
export interface CliOutput {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

const HELP = `Typeflow: durable workflows for TypeScript.

Usage: typeflow [option]

Options:
  --version, -v   print the version
  --help, -h      print this help

There are no commands yet: workflows are started and inspected from code, with WorkflowRunner.
`;

/**
 * Runs one command line.
 *
 * @returns the exit code: 0, or 2 for arguments that are not understood
 */
export function runCli(args: readonly string[], output: CliOutput): number {
  const [option = '--help', ...rest] = args;
  if (rest.length === 0 && (option === '--version' || option === '-v')) {
    output.stdout.write(`${packageVersion()}\n`);
    return 0;
  }
  if (rest.length === 0 && (option === '--help' || option === '-h')) {
    output.stdout.write(HELP);
    return 0;
  }
  output.stderr.write(`typeflow: expected --version or --help, got '${args.join(' ')}'. See typeflow --help.\n`);
  return 2;
}
