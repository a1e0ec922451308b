import { readFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { UsageError } from '../exit-codes';
import type { World } from '../world';

/** A value of JSON, from an option or from a file; `-` is standard input. `undefined` where neither is given. @throws UsageError */
export async function jsonArgument(
  world: World,
  name: string,
  given: { readonly value: string | undefined; readonly file: string | undefined },
): Promise<unknown> {
  const { value, file } = given;
  if (value !== undefined && file !== undefined)
    throw new UsageError(`--${name} and --${name}-file say two things: give one of them`);
  if (value !== undefined) return parse(value, `--${name}`);
  if (file === undefined) return undefined;
  return parse(file === '-' ? await text(world.stdin) : read(world, file, name), `--${name}-file`);
}

function read(world: World, file: string, name: string): string {
  try {
    return readFileSync(path.resolve(world.cwd, file), 'utf8');
  } catch (error) {
    throw new UsageError(`--${name}-file: ${file} cannot be read (${String(Object(error).code)})`);
  }
}

function parse(json: string, from: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    // What the parser says quotes the text; it may be a secret.
    throw new UsageError(`${from}: expected JSON (a text in quotes, too: '"text"'), which this is not`, {
      cause: error,
    });
  }
}

/** A whole number of an option, from `least` to `most`. @throws UsageError */
export function wholeNumber(option: string, least = -Infinity, most = Infinity): (text: string) => number {
  const from = least === -Infinity ? '' : ` from ${least}`;
  const to = most === Infinity ? '' : ` to ${most}`;
  return (text) => {
    const number = /^-?\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (number >= least && number <= most) return number;
    throw new UsageError(`${option}: expected a whole number${from}${to}, got '${text}'`);
  };
}

/** The number of a port; 0 takes a free one. @throws UsageError */
export function portNumber(option: string): (text: string) => number {
  return wholeNumber(option, 0, 65_535);
}
