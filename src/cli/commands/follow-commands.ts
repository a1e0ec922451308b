import type { Command } from 'commander';
import type { LogLineView } from '../../application/views';
import type { Cli } from '../cli';
import { eventLine } from '../output/run-progress';
import { safeJson } from '../output/safe-text';
import { styled } from '../output/terminal';
import type { Line } from '../output/terminal';
import { withTarget } from '../target/options';
import type { TargetOptions } from '../target/options';

/** What happens, and happened, in a run. */
export function addFollowCommands(program: Command, cli: Cli): void {
  withTarget(program.command('events <run>'))
    .description('follow what happens in a run, until it is over')
    .option('--after <cursor>', 'go on behind the event that had this cursor')
    .action((runId: string, options: TargetOptions & { readonly after?: string }) =>
      cli.operate(options, (operations, terminal) =>
        cli.interruptible(async (signal) => {
          const after = options.after === undefined ? {} : { after: options.after };
          for await (const event of operations.events(runId, { ...after, signal })) {
            if (terminal.isJson) terminal.jsonLine(event);
            else terminal.line(eventLine(event));
          }
        }),
      ),
    );
  withTarget(program.command('logs <run>'))
    .description('what the tasks of a run have written to their logger')
    .option('--follow', 'go on with what they write, until the run is over')
    .action((runId: string, options: TargetOptions & { readonly follow?: boolean }) =>
      cli.operate(options, async (operations, terminal) => {
        const tell = (line: LogLineView): void =>
          terminal.isJson ? terminal.jsonLine(line) : terminal.line(logLine(line));
        if (options.follow !== true) return (await operations.logs(runId)).forEach(tell);
        await cli.interruptible(async (signal) => {
          for await (const { type, cursor: _, ...line } of operations.events(runId, { signal })) {
            if (type === 'log') tell(line as unknown as LogLineView);
          }
        });
      }),
    );
}

function logLine({ at, level, task, index, attempt, message, fields }: LogLineView): Line {
  const name = index === undefined ? task : `${task}[${index}]`;
  const more = Object.keys(fields).length === 0 ? '' : ` ${safeJson(fields)}`;
  const style = level === 'error' ? 'red' : level === 'warn' ? 'yellow' : undefined;
  return [styled('dim', `${at} `), styled(style, level), ` ${name}#${attempt} ${message}`, styled('dim', more)];
}
