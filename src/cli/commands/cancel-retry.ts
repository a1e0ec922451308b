import type { Command } from 'commander';
import type { RunFilter } from '../../application/operations';
import type { BulkView } from '../../application/views';
import type { Cli } from '../cli';
import { EXIT, ExitError, UsageError } from '../exit-codes';
import type { Terminal } from '../output/terminal';
import { withTarget } from '../target/options';
import type { TargetOptions } from '../target/options';
import { toFilter, withFilter } from './run-filter';
import type { FilterOptions } from './run-filter';

interface ManyOptions extends TargetOptions, FilterOptions {
  readonly dryRun?: boolean;
}

interface CancelOptions extends ManyOptions {
  readonly reason?: string;
}

interface RetryOptions extends ManyOptions {
  readonly from?: string;
  readonly compensations?: boolean;
}

/** `cancel` and `retry`: of one run, or of all that a filter finds. */
export function addCancelAndRetry(program: Command, cli: Cli): void {
  const cancel = program
    .command('cancel [run]')
    .description('cancel a run, or all unfinished runs that the options choose');
  withTarget(withMany(cancel))
    .option('--reason <text>', 'kept with the run')
    .action((runId: string | undefined, options: CancelOptions) => cancelCommand(cli, runId, options));
  const retry = program
    .command('retry [run]')
    .description('run again what did not complete, of one run or of all that the options choose');
  withTarget(withMany(retry))
    .option('--from <task>', 'this task and everything downstream of it, too')
    .option('--compensations', 'only compensations that did not complete')
    .action((runId: string | undefined, options: RetryOptions) => retryCommand(cli, runId, options));
}

function withMany(command: Command): Command {
  return withFilter(command).option('--dry-run', 'only count the runs that the options choose');
}

async function cancelCommand(cli: Cli, runId: string | undefined, options: CancelOptions): Promise<void> {
  const reason = options.reason === undefined ? {} : { reason: options.reason };
  const filter = chosen('cancel', runId, options, cli.world.now());
  await cli.operate(options, async (operations, terminal) => {
    if (filter !== undefined) {
      const cancelled = await operations.cancelMany(filter, { dryRun: options.dryRun === true, ...reason });
      return tellMany(terminal, cancelled, 'cancel');
    }
    const answer = await operations.cancel(runId as string, reason);
    if (terminal.isJson) terminal.json({ id: runId, ...answer });
    else terminal.note(answer.isAccepted ? 'the cancel is accepted' : 'the run is over already');
    if (!answer.isAccepted) throw new ExitError(EXIT.failed);
  });
}

async function retryCommand(cli: Cli, runId: string | undefined, options: RetryOptions): Promise<void> {
  const { from, compensations, dryRun = false } = options;
  const filter = chosen('retry', runId, options, cli.world.now());
  if (filter !== undefined && (from !== undefined || compensations !== undefined))
    throw new UsageError('--from and --compensations are of one run: name it');
  await cli.operate(options, async (operations, terminal) => {
    if (filter !== undefined) return tellMany(terminal, await operations.retryMany(filter, { dryRun }), 'retry');
    const run = await operations.retry(runId as string, {
      ...(from !== undefined && { from }),
      ...(compensations !== undefined && { compensations }),
    });
    if (terminal.isJson) terminal.json(run);
    else terminal.note('the run goes on');
  });
}

/** The filter, unless one run is named. @throws UsageError when both are, or neither */
function chosen(verb: string, runId: string | undefined, options: ManyOptions, now: number): RunFilter | undefined {
  const filter = toFilter(options, now);
  const isFiltered = Object.keys(filter).length > 0;
  if (runId === undefined && !isFiltered)
    throw new UsageError(`${verb}: name a run, or choose several by options such as --workflow and --status`);
  if (runId !== undefined && (isFiltered || options.dryRun === true))
    throw new UsageError(`${verb}: a run is named, so options that choose several say something else`);
  return runId === undefined ? filter : undefined;
}

function tellMany(terminal: Terminal, bulk: BulkView, verb: string): void {
  if (terminal.isJson) terminal.json(bulk);
  else {
    const { matched, changed, isDryRun, isMore, failures } = bulk;
    terminal.line(isDryRun ? `${verb} would take ${matched} runs` : `${changed} of ${matched} runs: ${verb}`);
    for (const { id, message } of failures) terminal.note(`  ${id}: ${message}`);
    // Those that were looked at would be looked at again.
    if (isMore && !isDryRun)
      terminal.note(`there are more: ${changed > 0 ? 'call again' : 'choose older ones (--until)'}`);
  }
  if (bulk.failures.length > 0) throw new ExitError(EXIT.failed);
}
