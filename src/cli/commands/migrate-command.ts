import type { Command } from 'commander';
import type { MaintainedDatabase, MigrationSql, MigrationState } from '../../runner/maintenance/maintain';
import type { Cli } from '../cli';
import { loadEngine } from '../engine/load-engine';
import { EXIT, ExitError } from '../exit-codes';
import { styled } from '../output/terminal';
import type { Terminal } from '../output/terminal';
import { withDatabase } from '../target/options';
import type { TargetOptions } from '../target/options';
import { chooseDatabase } from '../target/choose-database';

/** The schema of the database: what has been done to it, what is to be done, and doing it. */
export function addMigrate(program: Command, cli: Cli): void {
  const migrate = program.command('migrate').description('the schema of the database');
  withDatabase(migrate.command('up'))
    .description('run the migrations that the database lacks')
    .action((options: TargetOptions) =>
      onDatabase(cli, options, async (database, terminal) => {
        const before = await loadEngine().maintain(database, async (one) => {
          const state = await one.migrations();
          await one.migrate();
          return state;
        });
        if (terminal.isJson) return terminal.json({ schema: before.schema, migrated: before.pending });
        for (const name of before.pending) terminal.line(`migrated ${name}`);
        if (before.pending.length === 0) terminal.note(`schema ${before.schema} is up to date`);
      }),
    );
  withDatabase(migrate.command('status'))
    .description('which migrations have run; exits with 1 when some are pending')
    .action((options: TargetOptions) =>
      onDatabase(cli, options, async (database, terminal) => {
        const state = await loadEngine().maintain(database, (one) => one.migrations());
        tellState(terminal, state);
        if (state.pending.length > 0 || state.unknown.length > 0) throw new ExitError(EXIT.failed);
      }),
    );
  withDatabase(migrate.command('sql'))
    .description('print the SQL of pending migrations, and run nothing')
    .option('--all', 'of all migrations; asks no database')
    .action((options: TargetOptions & { readonly all?: boolean }) =>
      onDatabase(cli, options, async (database, terminal) => {
        const isAll = options.all === true;
        const { maintain, wholeSchemaSql } = loadEngine();
        const sql = await (isAll ? wholeSchemaSql(database.schema) : maintain(database, (one) => one.pendingSql()));
        if (terminal.isJson) terminal.json(sql);
        else tellSql(terminal, sql);
      }),
    );
}

async function onDatabase(
  cli: Cli,
  options: TargetOptions,
  act: (database: MaintainedDatabase, terminal: Terminal) => Promise<void>,
): Promise<void> {
  const terminal = cli.terminal(options);
  await act(await chooseDatabase(options, cli.world, (text) => terminal.warn(text)), terminal);
}

function tellState(terminal: Terminal, state: MigrationState): void {
  if (terminal.isJson) return terminal.json(state);
  for (const name of state.applied) terminal.line([styled('green', 'applied  '), name]);
  for (const name of state.pending) terminal.line([styled('yellow', 'pending  '), name]);
  for (const name of state.unknown)
    terminal.line([styled('red', 'unknown  '), `${name}: a newer version of Typeflow made it`]);
}

/** As a script that is run whole or not at all. */
function tellSql(terminal: Terminal, migrations: readonly MigrationSql[]): void {
  if (migrations.length === 0) return terminal.note('nothing is pending');
  terminal.line('BEGIN;');
  for (const { name, statements } of migrations) {
    terminal.line(`-- ${name}`);
    for (const statement of statements) terminal.text(`${statement};`);
  }
  terminal.line('COMMIT;');
}
