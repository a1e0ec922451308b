import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { startPostgres } from '../../test/setup/postgres-process';
import type { Servers } from './bench';
import { findPostmaster } from './database';

export interface RunningServers extends Servers {
  stop(): Promise<void>;
}

export interface ServersWanted {
  /** A server of one's own: the user must be allowed to create databases and to make checkpoints. */
  readonly database: string | undefined;
  /** The folder of another PostgreSQL's programs. */
  readonly binaries: string | undefined;
  /** How Redis makes its log durable; `undefined` where no Redis is wanted. */
  readonly redis: 'everysec' | 'always' | undefined;
}

/** Starts a durable PostgreSQL, and a Redis where one is wanted and installed. Both end with this process, however it ends. */
export async function startServers({ database, binaries, redis }: ServersWanted): Promise<RunningServers> {
  const postgres = database === undefined ? await startPostgres({ durable: true, binaries }) : undefined;
  const postgresUrl = database ?? postgres?.url ?? '';
  const started = redis !== undefined && hasRedis() ? await startRedis(redis) : undefined;
  return {
    postgresUrl,
    redisUrl: started?.url,
    postmasterPid: await findPostmaster(postgresUrl),
    stop: async () => {
      await started?.stop();
      await postgres?.stop();
    },
  };
}

export function hasRedis(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

async function startRedis(appendfsync: string) {
  const child = spawn(process.execPath, [path.join(__dirname, 'redis-server.mjs'), appendfsync], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const first = await Promise.race([once(child.stdout.setEncoding('utf8'), 'data'), exited.then(() => undefined)]);
  if (first === undefined) throw new Error('redis-server did not start');
  return {
    url: String(first[0]).trim(),
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
