import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigurationError } from '../../core/errors/definition-error';
import type { AccessToken, Role } from '../../application/service-options';

export const ROLES: readonly Role[] = ['viewer', 'operator', 'admin'];

const TOKEN = /^[\w\-.~+/=]{32,512}$/;
const NAME = /^[\w.@-]{1,64}$/;
const FORM = 'name:role:token or role:token, with a role of viewer, operator or admin';

/** One token for a role, where that is all that is needed. */
const OF_ROLE: Readonly<Record<Role, string>> = {
  viewer: 'TYPEFLOW_VIEWER_TOKEN',
  operator: 'TYPEFLOW_OPERATOR_TOKEN',
  admin: 'TYPEFLOW_ADMIN_TOKEN',
};

/**
 * The tokens of the environment, or `undefined` where none are meant: those of `TYPEFLOW_TOKENS`, or of the file that `TYPEFLOW_TOKENS_FILE` names, and one for
 * each of `TYPEFLOW_VIEWER_TOKEN`, `TYPEFLOW_OPERATOR_TOKEN` and `TYPEFLOW_ADMIN_TOKEN`, which is named as its role. In a list each is
 * `name:role:token` or `role:token`, separated by commas, spaces or lines; in a file a line that begins with `#` is a comment.
 *
 * @throws ConfigurationError for whatever looks like tokens that were meant and are not there: a service that lets everybody in
 *   because a variable is empty would be worse than one that does not start
 */
export function tokensFromEnvironment(env: NodeJS.ProcessEnv): readonly AccessToken[] | undefined {
  const lists = [tokensOfRoles(env), listedTokens(env)].filter((tokens) => tokens !== undefined);
  return lists.length === 0 ? undefined : checkTokens(lists.flat(), 'what the environment has of tokens');
}

function tokensOfRoles(env: NodeJS.ProcessEnv): readonly AccessToken[] | undefined {
  const given = ROLES.filter((role) => env[OF_ROLE[role]] !== undefined);
  if (given.length === 0) return undefined;
  return given.flatMap((role) => {
    const variable = OF_ROLE[role];
    return checkTokens([{ name: role, role, token: env[variable] ?? '' }], variable);
  });
}

function listedTokens(env: NodeJS.ProcessEnv): readonly AccessToken[] | undefined {
  const { TYPEFLOW_TOKENS: listed, TYPEFLOW_TOKENS_FILE: file } = env;
  if (listed === undefined && file === undefined) return undefined;
  if (listed !== undefined && file !== undefined) {
    throw new ConfigurationError('TYPEFLOW_TOKENS and TYPEFLOW_TOKENS_FILE are both set; set one of them');
  }
  return listed === undefined ? readTokens(file ?? '') : parseTokens(listed, 'TYPEFLOW_TOKENS');
}

function readTokens(file: string): readonly AccessToken[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code = error } = Object(error) as { readonly code?: unknown };
    const why = `which cannot be read: ${String(code)}`;
    throw new ConfigurationError(`TYPEFLOW_TOKENS_FILE names ${JSON.stringify(file)}, ${why}`);
  }
  const lines = text.split(/\r?\n/).filter((line) => !line.trimStart().startsWith('#'));
  return parseTokens(lines.join('\n'), 'the file of TYPEFLOW_TOKENS_FILE');
}

function parseTokens(text: string, what: string): readonly AccessToken[] {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== '');
  if (entries.length === 0) {
    throw new ConfigurationError(`${what} is empty; write at least one token as ${FORM}, or do not set it`);
  }
  const tokens = entries.map((entry, index) => {
    const parts = entry.split(':');
    const [token, role, name = `token-${index + 1}`] = parts.reverse();
    if (parts.length < 2 || parts.length > 3 || token === undefined || role === undefined) {
      throw new ConfigurationError(`entry ${index + 1} of ${what} must be ${FORM}`);
    }
    return { name, role: role as Role, token };
  });
  return checkTokens(tokens, what);
}

/** @throws ConfigurationError, which never quotes a token */
export function checkTokens(tokens: readonly AccessToken[], what: string): readonly AccessToken[] {
  if (!Array.isArray(tokens)) {
    throw new ConfigurationError(`${what} must be a list of tokens, each with a name, a role and a token`);
  }
  if (tokens.length === 0) throw new ConfigurationError(`${what} has no token; leave it out, or give at least one`);
  for (const [index, entry] of tokens.entries()) {
    const { name, role, token } = Object(entry) as Partial<AccessToken>;
    const where = `entry ${index + 1} of ${what}`;
    if (role === undefined || !ROLES.includes(role))
      throw new ConfigurationError(`${where} has no role that there is; write ${FORM}`);
    if (typeof name !== 'string' || !NAME.test(name)) {
      throw new ConfigurationError(`${where}: a name has 1 to 64 letters, digits and -._@`);
    }
    if (typeof token !== 'string' || !TOKEN.test(token)) {
      throw new ConfigurationError(
        `${where}: a token has 32 to 512 letters, digits and -._~+/=; make one with openssl rand -hex 32`,
      );
    }
  }
  for (const part of ['name', 'token'] as const) {
    const isTwice = new Set(tokens.map((one) => one[part])).size < tokens.length;
    if (isTwice) throw new ConfigurationError(`${what} has the same ${part} twice; every one needs its own`);
  }
  return tokens;
}

/** Compares what a request brings with all tokens, in a time that tells nothing of them. */
export class TokenDesk {
  readonly #known: readonly { readonly digest: Buffer; readonly token: AccessToken }[];

  constructor(tokens: readonly AccessToken[]) {
    this.#known = tokens.map((token) => ({ digest: digestOf(token.token), token }));
  }

  /** @param authorization the header */
  find(authorization: string | undefined): AccessToken | undefined {
    const brought = /^Bearer +([\w\-.~+/=]{1,512})$/i.exec(authorization ?? '')?.[1] ?? '';
    const digest = digestOf(brought);
    let found: AccessToken | undefined;
    for (const one of this.#known) {
      // Every one is compared, whichever fits.
      if (timingSafeEqual(one.digest, digest)) found = one.token;
    }
    return found;
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
