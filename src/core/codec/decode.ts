import { PayloadCodecError } from '../errors/store-errors';
import { ValueNotReadableError } from '../errors/task-errors';
import { reviveError } from './revive-error';
import { NO_CODEC, readSealed } from './sealed';
import { TYPED_ARRAYS, TYPE_KEY, isEscapedKey, mayHoldTags, setData, unescapeKey } from './tags';

/**
 * The value that `encode` stored under this text, as a fresh copy. Text without tags costs a `JSON.parse` and nothing more.
 *
 * @throws ValueNotReadableError when the text is no JSON, or has a tag that this version does not know
 * @throws PayloadCodecError when it is sealed still
 */
export function decode(text: string): unknown {
  const json = parse(text);
  if (!mayHoldTags(text)) return json;
  const sealed = readSealed(text);
  if (sealed !== undefined) throw new PayloadCodecError('opened', sealed.problem ?? NO_CODEC);
  return revive(json);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ValueNotReadableError('the text is not JSON', { cause });
  }
}

/** Works in place: the tree is fresh from `JSON.parse`, and nobody else has seen it. */
function revive(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) {
    for (let i = 0; i < json.length; i++) json[i] = revive(json[i]);
    return json;
  }
  const object = json as Record<string, unknown>;
  if (Object.hasOwn(object, TYPE_KEY)) return reviveTag(object[TYPE_KEY], object['value']);
  const keys = Object.keys(object);
  if (keys.some(isEscapedKey)) return renamed(object, keys);
  // An assignment is safe for `__proto__` too: where it occurs, JSON.parse has made it a property of its own.
  for (const key of keys) object[key] = revive(object[key]);
  return object;
}

/** With the user's own keys again: made anew, as renaming in place would move a key to the end. */
function renamed(object: Readonly<Record<string, unknown>>, keys: readonly string[]): object {
  const target = {};
  for (const key of keys) setData(target, unescapeKey(key), revive(object[key]));
  return target;
}

function reviveTag(type: unknown, value: unknown): unknown {
  const reviver = typeof type === 'string' ? REVIVERS.get(type) : undefined;
  if (reviver === undefined)
    throw new ValueNotReadableError(`the tag ${JSON.stringify(type)} is not one of this version's`);
  try {
    return reviver(value as never);
  } catch (cause) {
    if (cause instanceof ValueNotReadableError) throw cause;
    throw new ValueNotReadableError(`the value tagged ${JSON.stringify(type)} is damaged`, { cause });
  }
}

/** By tag; each takes what `encode` stores under that tag. */
const REVIVERS: ReadonlyMap<string, (value: never) => unknown> = new Map<string, (value: never) => unknown>([
  ['undefined', () => undefined],
  ['number', (text: string) => Number(text)],
  ['bigint', (text: string) => BigInt(text)],
  ['Date', (text: string) => new Date(text)],
  ['Map', (entries: unknown) => new Map(revive(entries) as [unknown, unknown][])],
  ['Set', (members: unknown) => new Set(revive(members) as unknown[])],
  ['URL', (text: string) => new URL(text)],
  ['RegExp', reviveRegExp],
  ['Error', (fields: Record<string, unknown>) => reviveError(revive(fields) as Record<string, unknown>)],
  ['Buffer', (text: string) => Buffer.from(text, 'base64')],
  ['ArrayBuffer', toArrayBuffer],
  ['DataView', (text: string) => new DataView(toArrayBuffer(text))],
  ...[...TYPED_ARRAYS].map(
    ([name, TypedArray]) =>
      [name, (text: string) => new TypedArray(toArrayBuffer(text))] as [string, (value: never) => unknown],
  ),
]);

function reviveRegExp(text: string): RegExp {
  const end = text.lastIndexOf('/');
  return new RegExp(text.slice(1, end), text.slice(end + 1));
}

/** A buffer of its own: `Buffer.from` hands out parts of a shared one, where a typed array may not be aligned. */
function toArrayBuffer(base64: string): ArrayBuffer {
  const pooled = Buffer.from(base64, 'base64');
  const buffer = new ArrayBuffer(pooled.byteLength);
  new Uint8Array(buffer).set(pooled);
  return buffer;
}
