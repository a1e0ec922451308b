import type { Command } from 'commander';
import type { Operations } from '../../application/operations';
import type { Cli } from '../cli';
import { EXIT, ExitError } from '../exit-codes';
import { styled } from '../output/terminal';
import type { Style, Terminal } from '../output/terminal';
import { chooseDatabase } from '../target/choose-database';
import { chooseTarget } from '../target/choose-target';
import { openOperations } from '../target/open-operations';
import { withTarget } from '../target/options';
import type { TargetOptions } from '../target/options';
import { checkDatabase } from './check-database';
import { checkQueues, checkRuns } from './check-runs';
import type { Finding } from './finding';

/** Looks for what keeps runs from going on, and says what to do. */
export function addDoctor(program: Command, cli: Cli): void {
  withTarget(program.command('doctor'))
    .description('look for what keeps runs from going on; exits with 1 when there is a fault')
    .action(async (options: TargetOptions) => {
      const terminal = cli.terminal(options);
      const findings = await examine(cli, options, terminal);
      if (terminal.isJson) terminal.json({ isHealthy: !findings.some(isFault), findings });
      else findings.forEach((finding) => tell(terminal, finding));
      if (findings.some(isFault)) throw new ExitError(EXIT.failed);
    });
}

async function examine(cli: Cli, options: TargetOptions, terminal: Terminal): Promise<readonly Finding[]> {
  const { world } = cli;
  const warn = (text: string): void => terminal.warn(text);
  const isService = world.operations !== undefined || chooseTarget(options, world, warn).kind === 'service';
  const database = isService ? [] : await checkDatabase(await chooseDatabase(options, world, () => undefined));
  if (database.some(isFault)) return [...database, ...NOT_LOOKED_AT];
  const operations = await openOperations(options, {}, { world, terminal });
  try {
    return [
      ...(isService ? await checkService(operations) : database),
      await checkQueues(operations),
      await checkRuns(operations),
    ];
  } finally {
    await operations.close();
  }
}

const NOT_LOOKED_AT: readonly Finding[] = [
  { check: 'queues', outcome: 'skipped', message: 'not looked at: mend what is above first' },
  { check: 'runs', outcome: 'skipped', message: 'not looked at: mend what is above first' },
];

async function checkService(operations: Operations): Promise<readonly Finding[]> {
  const { isReady, version, store } = await operations.health();
  const connection: Finding = isReady
    ? { check: 'connection', outcome: 'ok', message: `the service is ready (Typeflow ${version}, ${store})` }
    : { check: 'connection', outcome: 'fault', message: 'the service is not ready: it does not reach its database' };
  const message = 'not looked at through a service: name the database with TYPEFLOW_DATABASE';
  return [
    connection,
    { check: 'schema', outcome: 'skipped', message },
    { check: 'clock', outcome: 'skipped', message },
  ];
}

function isFault({ outcome }: Finding): boolean {
  return outcome === 'fault';
}

const STYLES: Readonly<Record<Finding['outcome'], Style>> = {
  ok: 'green',
  warning: 'yellow',
  fault: 'red',
  skipped: 'dim',
};

function tell(terminal: Terminal, { check, outcome, message, remedy = [] }: Finding): void {
  terminal.line([styled(STYLES[outcome], outcome.padEnd(8)), check.padEnd(12), message]);
  for (const line of remedy) terminal.line(`                      ${line}`);
}
