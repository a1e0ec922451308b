import type { Readable } from 'node:stream';
import type { Operations } from '../application/operations';
import type { OutputStream } from './output/terminal';

/** What a command line has to do with beside its arguments: a process, or what a test puts in its place. */
export interface World {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly stdin: Readable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder of the application. */
  readonly cwd: string;
  /** Epoch ms. */
  readonly now: () => number;
  /** Calls the listener at the first Ctrl-C or SIGTERM; a second one ends the process. The answer stops listening. */
  onInterrupt(listener: () => void): () => void;
  /** In place of what the command line names. */
  readonly operations?: Operations;
}
