#!/usr/bin/env node
import { createRequire } from 'node:module';
import { localCommandLine } from './local-copy';
import { processWorld } from './process-world';
import { runCli } from './run-cli';

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
  void runCli(process.argv.slice(2), processWorld()).then((code) => {
    // What an application's modules hold open must not keep a command that is done; what was written is waited for.
    process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
  });
}

main();
