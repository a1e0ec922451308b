import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** A running PostgreSQL of the tests' own. */
export interface PostgresProcess {
  readonly url: string;
  /** Crashes the server and starts it again on the same data: `pg_ctl restart -m immediate`. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** A server that loses nothing in a crash, as in production; otherwise it is fast and forgets. */
  readonly durable?: boolean;
  /** The folder of another PostgreSQL's programs, such as `/usr/lib/postgresql/15/bin`. Default: PostgreSQL 18's, from npm. */
  readonly binaries?: string | undefined;
}

/** Starts a private PostgreSQL; it ends with `stop`, or with this process however that ends. */
export async function startPostgres({ durable = false, binaries }: PostgresOptions = {}): Promise<PostgresProcess> {
  const flags = [...(durable ? ['--durable'] : []), ...(binaries === undefined ? [] : [`--binaries=${binaries}`])];
  // A group of its own: Ctrl-C and a killed process group reach it only through the pipe, after which it cleans up.
  const child = spawn(process.execPath, [path.join(__dirname, 'postgres-server.mjs'), ...flags], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const url = await readUrl(child, exited);
  return {
    url,
    restart: async () => {
      const answer = once(child.stdout, 'data');
      child.stdin.write('restart\n');
      const first = await Promise.race([answer, exited.then(() => undefined)]);
      if (first === undefined) throw new Error('PostgreSQL did not start again');
    },
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
}

async function readUrl(child: ChildProcess, exited: Promise<unknown>): Promise<string> {
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const line = child.stdout && once(child.stdout.setEncoding('utf8'), 'data');
  const first = await Promise.race([line, exited.then(() => undefined)]);
  if (!first) throw new Error(`The tests' PostgreSQL did not start. ${errors}`);
  return (JSON.parse(String(first[0])) as { url: string }).url;
}
