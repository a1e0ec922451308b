#!/usr/bin/env node
import { processWorld } from './process-world';
import { runCli } from './run-cli';

// A reader that has seen enough, such as `head`, closes its end: there is nobody left to tell anything.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
}

void runCli(process.argv.slice(2), processWorld()).then((code) => {
  // What an application's modules hold open must not keep a command that is done; what was written is waited for.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
});
