import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import path from 'node:path';
import { withClient } from './database';
import type { EngineSpec } from './engines';
import { PEERS_FOLDER } from './engines';
import type { Options } from './options';
import type { Setting } from './results';
import type { RunningServers } from './servers';

const SHOWN = ['fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'max_connections'];

/** What somebody needs to know to make the same measurements. */
export async function describeSetting(
  servers: RunningServers,
  { appendfsync }: Options,
  engines: readonly EngineSpec[],
): Promise<Setting> {
  const memory = Math.round(totalmem() / 2 ** 30);
  return {
    command: ['npm run bench:postgres', ...quoted(process.argv.slice(2))].join(' '),
    date: new Date().toISOString().slice(0, 10),
    commit: firstLine('git', ['rev-parse', '--short', 'HEAD']),
    machine: `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${memory} GiB`,
    node: process.version,
    postgres: await describePostgres(servers.postgresUrl),
    redis: servers.redisUrl === undefined ? '' : describeRedis(appendfsync),
    packages: Object.fromEntries(engines.map((engine) => [engine.name, versionOf(engine)])),
  };
}

/** A URL is left out: it may hold a password. */
function quoted(args: readonly string[]): readonly string[] {
  const shown = args.map((one) => one.replace(/^(--database=).*/, '$1…'));
  return shown.length === 0 ? [] : ['--', ...shown];
}

function describePostgres(url: string): Promise<string> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string; setting: string }>(
      `SELECT name, current_setting(name) AS setting FROM pg_settings WHERE name = 'server_version' OR name = ANY ($1)`,
      [SHOWN],
    );
    const settings = new Map(rows.map(({ name, setting }) => [name, setting]));
    const shown = SHOWN.map((name) => `${name} ${settings.get(name)}`).join(', ');
    return `PostgreSQL ${settings.get('server_version')}: ${shown}`;
  });
}

function describeRedis(appendfsync: string): string {
  const version = /v=(\S+)/.exec(firstLine('redis-server', ['--version']))?.[1];
  return `Redis ${version}: appendonly yes, appendfsync ${appendfsync}`;
}

function versionOf({ name, package: packageName, node }: EngineSpec): string {
  const file =
    name === 'typeflow'
      ? path.join(__dirname, '..', '..', 'package.json')
      : path.join(PEERS_FOLDER, 'node_modules', packageName, 'package.json');
  const { name: realName, version } = JSON.parse(readFileSync(file, 'utf8')) as { name: string; version: string };
  return `${realName} ${version}${node === '24' ? ' on Node 24' : ''}`;
}

function firstLine(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')[0] ?? '';
  } catch {
    return 'unknown';
  }
}
