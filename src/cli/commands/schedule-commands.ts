import type { Command } from 'commander';
import type { CatchUp, Overlap } from '../../core/schedule-rules';
import type { ScheduleView } from '../../application/views';
import type { Cli } from '../cli';
import { EXIT, ExitError } from '../exit-codes';
import { tableLines } from '../output/table';
import type { Terminal } from '../output/terminal';
import { withTarget } from '../target/options';
import type { TargetOptions } from '../target/options';
import { jsonArgument } from './json-argument';

interface SetOptions extends TargetOptions {
  readonly cron: string;
  readonly timeZone?: string;
  readonly overlap?: Overlap;
  readonly catchUp?: CatchUp;
  readonly input?: string;
  readonly inputFile?: string;
}

/** What begins by the clock. */
export function addSchedules(program: Command, cli: Cli): void {
  const schedules = program.command('schedules').description('what begins by the clock');
  withTarget(schedules.command('list'))
    .description('all schedules')
    .action((options: TargetOptions) =>
      cli.operate(options, async (operations, terminal) => {
        const all = await operations.schedules();
        if (terminal.isJson) terminal.json(all);
        else if (all.length === 0) terminal.note('no schedules');
        else tellSchedules(terminal, all);
      }),
    );
  addSet(schedules, cli);
  addActions(schedules, cli);
}

function addSet(schedules: Command, cli: Cli): void {
  withTarget(schedules.command('set <name> <workflow> <flow>'))
    .description('make a schedule, or change one')
    .requiredOption('--cron <pattern>', "such as '0 6 * * 1-5'")
    .option('--time-zone <zone>', 'such as Europe/Berlin (default: UTC)')
    .option('--overlap <rule>', 'what a tick does while the run of the one before is not over')
    .option('--catch-up <rule>', 'what becomes of ticks that were missed')
    .option('--input <json>', 'the input of its runs')
    .option('--input-file <file>', 'a file that holds the input; - is standard input')
    .action((name: string, workflow: string, flow: string, options: SetOptions) =>
      cli.operate(options, async (operations, terminal) => {
        const { cron, timeZone, overlap, catchUp } = options;
        const input = await jsonArgument(cli.world, 'input', { value: options.input, file: options.inputFile });
        const schedule = await operations.setSchedule(name, {
          workflow,
          flow,
          cron,
          ...(timeZone !== undefined && { timeZone }),
          ...(overlap !== undefined && { overlap }),
          ...(catchUp !== undefined && { catchUp }),
          ...(input !== undefined && { input }),
        });
        if (terminal.isJson) terminal.json(schedule);
        else tellSchedules(terminal, [schedule]);
      }),
    );
}

function addActions(schedules: Command, cli: Cli): void {
  for (const [verb, description] of [
    ['pause', 'let a schedule begin nothing'],
    ['resume', 'let it begin runs again'],
  ] as const) {
    withTarget(schedules.command(`${verb} <name>`))
      .description(description)
      .action((name: string, options: TargetOptions) =>
        cli.operate(options, async (operations, terminal) => {
          await (verb === 'pause' ? operations.pauseSchedule(name) : operations.resumeSchedule(name));
          if (terminal.isJson) terminal.json({ name, isPaused: verb === 'pause' });
          else terminal.note(`${verb}d`);
        }),
      );
  }
  withTarget(schedules.command('trigger <name>'))
    .description('begin a run now')
    .action((name: string, options: TargetOptions) =>
      cli.operate(options, async (operations, terminal) => {
        const run = await operations.triggerSchedule(name);
        if (terminal.isJson) terminal.json(run);
        else terminal.line(run.id);
      }),
    );
  withTarget(schedules.command('remove <name>'))
    .description('remove a schedule; its runs stay')
    .action((name: string, options: TargetOptions) =>
      cli.operate(options, async (operations, terminal) => {
        const { isRemoved } = await operations.removeSchedule(name);
        if (terminal.isJson) terminal.json({ name, isRemoved });
        else terminal.note(isRemoved ? 'removed' : 'there was none');
        if (!isRemoved) throw new ExitError(EXIT.notFound);
      }),
    );
}

function tellSchedules(terminal: Terminal, schedules: readonly ScheduleView[]): void {
  const rows = schedules.map(({ name, workflow, flow, cron, timeZone, pausedAt, nextAt, origin }) => [
    name,
    `${workflow}.${flow}`,
    cron,
    timeZone,
    pausedAt === undefined ? (nextAt ?? '') : 'paused',
    origin,
  ]);
  const lines = tableLines(['SCHEDULE', 'FLOW', 'CRON', 'ZONE', 'NEXT', 'ORIGIN'], rows);
  lines.forEach((line) => terminal.line(line));
}
