import type { Command } from 'commander';
import type { DefinitionView } from '../../application/views';
import { WorkflowNotRegisteredError } from '../../core/errors/run-errors';
import type { Cli } from '../cli';
import { UsageError } from '../exit-codes';
import { tableLines } from '../output/table';
import { withTarget } from '../target/options';
import type { TargetOptions } from '../target/options';

/** What an application has, and would do. No database is needed for these. */
export function addDefinitionCommands(program: Command, cli: Cli): void {
  withTarget(program.command('definitions'))
    .description('the workflows of the application')
    .action((options: TargetOptions) =>
      cli.define(options, async (operations, terminal) => {
        const definitions = await operations.definitions();
        if (terminal.isJson) return terminal.json(definitions);
        const rows = definitions.map(({ name, version, flows, nodes, fingerprint }) => [
          name,
          version,
          flows.map((flow) => flow.name).join(', '),
          nodes.length,
          fingerprint,
        ]);
        const lines = tableLines(['WORKFLOW', 'VERSION', 'FLOWS', 'NODES', 'FINGERPRINT'], rows);
        lines.forEach((line) => terminal.line(line));
      }),
    );
  withTarget(program.command('graph [workflow]'))
    .description('the graph of a workflow, as a Mermaid flowchart')
    .action((workflow: string | undefined, options: TargetOptions) =>
      cli.define(options, async (operations, terminal) => {
        const { name, version, mermaid } = theOne(await operations.definitions(), workflow);
        if (terminal.isJson) terminal.json({ workflow: name, ...(version !== undefined && { version }), mermaid });
        else terminal.text(mermaid.trimEnd());
      }),
    );
  withTarget(program.command('plan [workflow] [flow]'))
    .description('what a flow would run: order, waves, critical path, and the most time and calls')
    .action((workflow: string | undefined, flow: string | undefined, options: TargetOptions) =>
      cli.define(options, async (operations, terminal) => {
        const { name } = theOne(await operations.definitions(), workflow);
        const plan = await operations.plan({ workflow: name, ...(flow !== undefined && { flow }) });
        if (terminal.isJson) terminal.json(plan);
        else terminal.text(plan.text);
      }),
    );
}

/** The newest of its name; without a name the only one. @throws UsageError, WorkflowNotRegisteredError */
function theOne(definitions: readonly DefinitionView[], name: string | undefined): DefinitionView {
  const names = [...new Set(definitions.map((one) => one.name))];
  if (name === undefined && names.length !== 1)
    throw new UsageError(`name one of the workflows: ${names.join(', ') || 'there are none'}`);
  const found = definitions.findLast((one) => one.name === (name ?? names[0]));
  if (found === undefined) throw new WorkflowNotRegisteredError(name ?? '', names);
  return found;
}
