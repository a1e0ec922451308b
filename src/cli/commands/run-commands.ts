import type { Command } from 'commander';
import type { Cli } from '../cli';
import { runLines } from '../output/run-lines';
import { statusPiece } from '../output/status-style';
import { styled } from '../output/terminal';
import { withTarget } from '../target/options';
import type { TargetOptions } from '../target/options';
import { jsonArgument, wholeNumber } from './json-argument';

/** What looks at one run, or sends something to it. */
export function addRunCommands(program: Command, cli: Cli): void {
  addShow(program, cli);
  addExplain(program, cli);
  addExecute(program, cli);
  addFork(program, cli);
  addSignal(program, cli);
}

function addShow(program: Command, cli: Cli): void {
  withTarget(program.command('show <run>'))
    .description('one run with its nodes')
    .action((runId: string, options: TargetOptions) =>
      cli.operate(options, async (operations, terminal) => {
        const run = await operations.get(runId);
        if (terminal.isJson) return terminal.json(run);
        runLines(run).forEach((line) => terminal.line(line));
      }),
    );
}

function addExplain(program: Command, cli: Cli): void {
  withTarget(program.command('explain <run> [task]'))
    .description('why a run, and each of its nodes, is not running now')
    .action((runId: string, task: string | undefined, options: TargetOptions) =>
      cli.operate(options, async (operations, terminal) => {
        const { run, nodes, text } = await operations.explain(runId, task);
        if (terminal.isJson) return terminal.json({ run, nodes, text });
        // Of the sentences, not of the text: a name with a line feed in it makes no line of its own.
        const { id, workflow, flow, status, sentence } = run;
        terminal.line([
          `run ${id} of ${workflow}${flow === undefined ? '' : `.${flow}`} is `,
          statusPiece(status),
          `: ${sentence}`,
        ]);
        for (const node of nodes) {
          const name = node.index === undefined ? node.task : `${node.task}[${node.index}]`;
          terminal.line([`  ${name} is `, statusPiece(node.status), `: ${node.sentence}`]);
        }
      }),
    );
}

function addExecute(program: Command, cli: Cli): void {
  withTarget(program.command('execute <run>'))
    .description('set a held run going')
    .option('--flow <name>', 'the flow, where the run was created without one')
    .option('--input <json>', 'another input than it was created with')
    .option('--input-file <file>', 'a file that holds the input; - is standard input')
    .action((runId: string, options: TargetOptions & { flow?: string; input?: string; inputFile?: string }) =>
      cli.operate(options, async (operations, terminal) => {
        const given = { value: options.input, file: options.inputFile };
        const input = await jsonArgument(cli.world, 'input', given);
        const executed = await operations.execute(runId, {
          ...(options.flow !== undefined && { flow: options.flow }),
          ...(input !== undefined && { input }),
        });
        if (terminal.isJson) return terminal.json(executed);
        const { outcome, run } = executed;
        const said = { started: 'was set going', finished: 'is over', forked: 'takes over what the other has done' };
        terminal.line([styled('bold', run.id), ` ${said[outcome]}: `, statusPiece(run.status)]);
      }),
    );
}

function addFork(program: Command, cli: Cli): void {
  withTarget(program.command('fork <run>'))
    .description('make a new run that takes over what another one has done')
    .option('--from <task>', 'run this task and everything downstream of it again')
    .option('--index <number>', 'only this element of a mapped task', wholeNumber('--index'))
    .option('--input <json>', 'another input')
    .option('--input-file <file>', 'a file that holds the input; - is standard input')
    .option('--version <version>', 'of the workflow')
    .option('--key <key>', 'an idempotency key')
    .action(
      (
        runId: string,
        options: TargetOptions & {
          from?: string;
          index?: number;
          input?: string;
          inputFile?: string;
          version?: string;
          key?: string;
        },
      ) =>
        cli.operate(options, async (operations, terminal) => {
          const { from, index, version, key } = options;
          const input = await jsonArgument(cli.world, 'input', { value: options.input, file: options.inputFile });
          const fork = await operations.fork(runId, {
            ...(from !== undefined && { from }),
            ...(index !== undefined && { index }),
            ...(input !== undefined && { input }),
            ...(version !== undefined && { version }),
            ...(key !== undefined && { idempotencyKey: key }),
          });
          if (terminal.isJson) return terminal.json(fork);
          terminal.line(fork.id);
          const reused = fork.reused.length === 0 ? 'nothing' : fork.reused.join(', ');
          terminal.note([styled('dim', `taken over: ${reused}${fork.note === undefined ? '' : `; ${fork.note}`}`)]);
        }),
    );
}

function addSignal(program: Command, cli: Cli): void {
  withTarget(program.command('signal <run> <name>'))
    .description('send a signal to a run')
    .option('--payload <json>', 'what it carries')
    .option('--payload-file <file>', 'a file that holds it; - is standard input')
    .option('--id <id>', 'sent twice under one id, it counts once')
    .action(
      (runId: string, name: string, options: TargetOptions & { payload?: string; payloadFile?: string; id?: string }) =>
        cli.operate(options, async (operations, terminal) => {
          const given = { value: options.payload, file: options.payloadFile };
          const payload = await jsonArgument(cli.world, 'payload', given);
          await operations.signal(runId, name, {
            ...(payload !== undefined && { payload }),
            ...(options.id !== undefined && { id: options.id }),
          });
          if (terminal.isJson) terminal.json({ id: runId, signal: name });
          else terminal.note('sent');
        }),
    );
}
