import type { Command } from 'commander';
import { UsageError } from '../exit-codes';

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

/** For options that may be given several times, and lists with commas. @throws UsageError for an empty one */
export function collect(option: string): (value: string, before?: readonly string[]) => readonly string[] {
  return (value, before = []) => [...before, ...value.split(',').map((part) => notEmpty(option, part))];
}

/** What an empty variable of a shell leaves behind would mean anything at all, which nobody asked for. @throws UsageError */
export function notEmpty(option: string, value: string): string {
  if (value.trim() !== '') return value;
  throw new UsageError(`${option}: expected something, got an empty text`);
}
