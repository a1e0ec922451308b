import type { Command } from 'commander';
import type { Cli } from '../cli';
import { runTable } from '../output/run-lines';
import { styled } from '../output/terminal';
import { withTarget } from '../target/options';
import type { TargetOptions } from '../target/options';
import { wholeNumber } from './json-argument';
import { toFilter, withFilter } from './run-filter';
import type { FilterOptions } from './run-filter';

interface ListOptions extends TargetOptions, FilterOptions {
  readonly limit?: number;
  readonly cursor?: string;
}

export function addList(program: Command, cli: Cli): void {
  withTarget(withFilter(program.command('list')))
    .description('list runs, newest first')
    .option('--limit <number>', 'how many at most (default: 50)', wholeNumber('--limit'))
    .option('--cursor <cursor>', 'go on where another list ended')
    .action((options: ListOptions) => {
      const filter = toFilter(options, cli.world.now());
      return cli.operate(options, async (operations, terminal) => {
        const { limit, cursor } = options;
        const page = await operations.list(filter, {
          ...(limit !== undefined && { limit }),
          ...(cursor !== undefined && { cursor }),
        });
        if (terminal.isJson) return terminal.json(page);
        if (page.items.length === 0) return terminal.note('no runs');
        runTable(page.items).forEach((line) => terminal.line(line));
        if (page.cursor !== undefined) terminal.note([styled('dim', `more: --cursor ${page.cursor}`)]);
      });
    });
}
