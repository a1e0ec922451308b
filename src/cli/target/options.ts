import type { Command } from 'commander';

/** Where a command acts, and how it answers. */
export interface TargetOptions {
  readonly config?: string;
  readonly database?: string;
  readonly url?: string;
  readonly tokenFile?: string;
  readonly json?: boolean;
}

/** Adds `--json` and `--config`. */
function withConfig(command: Command): Command {
  return command
    .option('--json', 'write JSON for programs: one document, or one for each line of a stream')
    .option('--config <file>', 'the application (default: typeflow.config.ts, .js, … of this folder)');
}

/** Adds what says on which database a command acts. */
export function withDatabase(command: Command): Command {
  return withConfig(command).option(
    '--database <url>',
    'act on this database (better: TYPEFLOW_DATABASE, which no other user can read)',
  );
}

/** Adds what says on which database, or through which service, a command acts. */
export function withTarget(command: Command): Command {
  return withDatabase(command)
    .option('--url <url>', 'act through the service at this address (or TYPEFLOW_URL)')
    .option('--token-file <file>', "a file that holds the service's token (or TYPEFLOW_TOKEN)");
}

/** For options that may be given several times, and lists with commas. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...value.split(',').filter((part) => part !== '')];
}
