import type { Command } from 'commander';
import { RUN_STATUSES, isFinalRunStatus } from '../../core/statuses';
import type { FinalRunStatus } from '../../core/statuses';
import type { Cli } from '../cli';
import { UsageError } from '../exit-codes';
import { tableLines } from '../output/table';
import { styled } from '../output/terminal';
import { collect, withTarget } from '../target/options';
import type { TargetOptions } from '../target/options';

/** The fleet as a whole. */
export function addFleetCommands(program: Command, cli: Cli): void {
  withTarget(program.command('workers'))
    .description('the workers that are alive')
    .action((options: TargetOptions) =>
      cli.operate(options, async (operations, terminal) => {
        const workers = await operations.workers();
        if (terminal.isJson) return terminal.json(workers);
        if (workers.length === 0) return terminal.note('no workers');
        const rows = workers.map(({ id, label, queues, workflows, seenAt }) => [
          id,
          label,
          queues.join(', '),
          workflows.join(', '),
          seenAt,
        ]);
        tableLines(['WORKER', 'PROCESS', 'QUEUES', 'WORKFLOWS', 'SEEN'], rows).forEach((line) => terminal.line(line));
      }),
    );
  withTarget(program.command('queues'))
    .description('the runs that are not over, by queue')
    .action((options: TargetOptions) =>
      cli.operate(options, async (operations, terminal) => {
        const queues = await operations.queues();
        if (terminal.isJson) return terminal.json(queues);
        if (queues.length === 0) return terminal.note('no queues');
        const rows = queues.map(({ queue, due, oldestDueAt, later, running, held, workers }) => [
          queue,
          due,
          oldestDueAt,
          later,
          running,
          held,
          styled(workers === 0 ? 'red' : undefined, String(workers)),
        ]);
        const header = ['QUEUE', 'DUE', 'SINCE', 'LATER', 'RUNNING', 'HELD', 'WORKERS'];
        tableLines(header, rows).forEach((line) => terminal.line(line));
      }),
    );
  addCleanup(program, cli);
}

const FINAL: readonly FinalRunStatus[] = RUN_STATUSES.filter(isFinalRunStatus);

function addCleanup(program: Command, cli: Cli): void {
  withTarget(program.command('cleanup'))
    .description('delete runs that ended long ago, with all that belongs to them')
    .requiredOption('--older-than <duration>', 'so long ago, such as 30d')
    .option('--status <status>', 'only COMPLETED, FAILED or CANCELLED ones', collect('--status'))
    .action((options: TargetOptions & { readonly olderThan: string; readonly status?: readonly string[] }) =>
      cli.operate(options, (operations, terminal) =>
        cli.interruptible(async (signal) => {
          const { olderThan, status } = options;
          const result = await operations.cleanup({
            olderThan,
            signal,
            ...(status !== undefined && { status: status.map(toFinal) }),
          });
          if (terminal.isJson) terminal.json(result);
          else
            terminal.line(`${result.deleted} runs deleted${result.isComplete ? '' : '; there are more: call again'}`);
        }),
      ),
    );
}

function toFinal(text: string): FinalRunStatus {
  const status = FINAL.find((one) => one === text.toUpperCase());
  if (status !== undefined) return status;
  throw new UsageError(`--status: expected one of ${FINAL.join(', ')}, got '${text}'`);
}
