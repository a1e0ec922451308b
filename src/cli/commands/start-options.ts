import type { Command } from 'commander';
import type { CreateRun } from '../../application/operations';
import { collect } from '../target/options';
import type { World } from '../world';
import { jsonArgument, wholeNumber } from './json-argument';

export interface StartCommandOptions {
  readonly input?: string;
  readonly inputFile?: string;
  readonly key?: string;
  readonly version?: string;
  readonly queue?: string;
  readonly priority?: number;
  readonly tag?: readonly string[];
  readonly delay?: string;
  readonly at?: string;
  readonly deadline?: string;
}

/** Adds what a run is created with. */
export function withStart(command: Command): Command {
  return command
    .option('--input <json>', 'the input')
    .option('--input-file <file>', 'a file that holds the input; - is standard input')
    .option('--key <key>', 'an idempotency key: a second start with it finds the run of the first')
    .option('--version <version>', 'of the workflow')
    .option('--queue <name>', 'the queue of the run')
    .option('--priority <number>', 'higher ones are claimed first', wholeNumber('--priority'))
    .option('--tag <tag>', 'a tag of the run; may be given several times', collect('--tag'))
    .option('--delay <duration>', 'start so long from now, such as 1h')
    .option('--at <instant>', 'start then')
    .option('--deadline <duration>', 'fail the run if it is not over so long from now');
}

/** @throws UsageError */
export async function toCreate(
  world: World,
  workflow: string,
  flow: string | undefined,
  options: StartCommandOptions,
): Promise<Omit<CreateRun, 'start'>> {
  const input = await jsonArgument(world, 'input', { value: options.input, file: options.inputFile });
  const { key, version, queue, priority, tag, delay, at, deadline } = options;
  return {
    workflow,
    ...(flow !== undefined && { flow }),
    ...(input !== undefined && { input }),
    ...(key !== undefined && { idempotencyKey: key }),
    ...(version !== undefined && { version }),
    ...(queue !== undefined && { queue }),
    ...(priority !== undefined && { priority }),
    ...(tag !== undefined && { tags: tag }),
    ...(delay !== undefined && { delay }),
    ...(at !== undefined && { startAt: at }),
    ...(deadline !== undefined && { deadline }),
  };
}
