import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readDevAddress } from '../dev/dev-address';
import { UsageError } from '../exit-codes';
import type { World } from '../world';
import type { TargetOptions } from './options';

/** Where a command acts. */
export type Target =
  | { readonly kind: 'service'; readonly url: string; readonly token: string | undefined }
  /** Without one, that of the application decides. */
  | { readonly kind: 'database'; readonly database: string | undefined };

/**
 * What is named comes first, then the environment, then a `typeflow dev` that runs in this folder, and last the application's own database.
 *
 * @throws UsageError
 */
export function chooseTarget(options: TargetOptions, world: World, warn: (text: string) => void): Target {
  const { url, database } = options;
  if (url !== undefined && database !== undefined)
    throw new UsageError('--url and --database say two things: name a service or a database');
  if (url !== undefined) return serviceAt(url, '--url', options, world);
  if (database !== undefined) {
    if (hasPassword(database)) warn(PASSWORD);
    return { kind: 'database', database };
  }
  const { TYPEFLOW_URL: urlOfEnv, TYPEFLOW_DATABASE: databaseOfEnv } = world.env;
  if (urlOfEnv) return serviceAt(urlOfEnv, 'TYPEFLOW_URL', options, world);
  if (databaseOfEnv) return { kind: 'database', database: databaseOfEnv };
  const dev = options.config === undefined ? readDevAddress(world.cwd) : undefined;
  if (dev !== undefined) return { kind: 'service', url: dev.url, token: tokenOf(options, world) };
  return { kind: 'database', database: undefined };
}

const PASSWORD =
  'every user of this machine can read the password in --database while the command runs, and it stays in the history of the shell; ' +
  'use TYPEFLOW_DATABASE, PGPASSWORD or ~/.pgpass';

function serviceAt(text: string, from: string, options: TargetOptions, world: World): Target {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new UsageError(`${from}: expected an address such as http://127.0.0.1:4400, got something else`);
  if (url.username !== '' || url.password !== '')
    throw new UsageError(
      `${from}: no user or password in the address; the token goes into TYPEFLOW_TOKEN, or into a file (--token-file)`,
    );
  return { kind: 'service', url: url.href.replace(/\/+$/, ''), token: tokenOf(options, world) };
}

/** What a header can hold. Fetch quotes the value that it refuses. */
const TOKEN = /^[\x21-\x7e]+$/;

function tokenOf({ tokenFile }: TargetOptions, { env, cwd }: World): string | undefined {
  if (tokenFile === undefined) {
    const { TYPEFLOW_TOKEN: tokenOfEnv } = env;
    if (!tokenOfEnv || TOKEN.test(tokenOfEnv)) return tokenOfEnv || undefined;
    throw new UsageError(
      'TYPEFLOW_TOKEN: expected a token of printable ASCII characters, and nothing else such as a line break',
    );
  }
  let token: string;
  try {
    token = readFileSync(path.resolve(cwd, tokenFile), 'utf8').trim();
  } catch (error) {
    throw new UsageError(`--token-file: ${tokenFile} cannot be read (${String(Object(error).code)})`);
  }
  if (TOKEN.test(token)) return token;
  throw new UsageError(
    `--token-file: expected a token of printable ASCII characters in ${tokenFile}, and nothing else`,
  );
}

function hasPassword(database: string): boolean {
  if (!URL.canParse(database)) return false;
  const { password, searchParams } = new URL(database);
  return password !== '' || searchParams.has('password');
}
