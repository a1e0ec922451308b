#!/usr/bin/env node
import { createRequire } from 'node:module';
import { localCommandLine } from './local-copy';
import { processWorld } from './process-world';
import { runCli, tellUnsettled } from './run-cli';

const DELEGATED = Symbol.for('typeflow.cli.delegated');

function main(): void {
  const local = DELEGATED in globalThis ? undefined : localCommandLine(process.cwd());
  if (local !== undefined) {
    Object.assign(globalThis, { [DELEGATED]: true });
    createRequire(__filename)(local);
    return;
  }
  // A reader that has seen enough, such as `head`, closes its end: there is nobody left to tell anything.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  }
  const args = process.argv.slice(2);
  const world = processWorld();
  // Node ends with 0 when nothing can happen any more, whatever is still awaited.
  const onNothingLeft = (): void => void (process.exitCode = tellUnsettled(args, world));
  process.once('beforeExit', onNothingLeft);
  void runCli(args, world).then((code) => {
    process.off('beforeExit', onNothingLeft);
    // What an application's modules hold open must not keep a command that is done; what was written is waited for.
    process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
  });
}

main();
