/**
 * How values that JSON has no word for are stored: `{ "$type": "Date", "value": "2024-01-01T00:00:00.000Z" }`. A user's own key
 * that could be mistaken for the marker (`$type`, `$$type`, …) is stored with one more `$` in front.
 */
export const TYPE_KEY = '$type';

/** What JSON can hold: the tree that is handed to `JSON.stringify`, and that comes out of `JSON.parse`. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const RESERVED = /^\$+type$/;
const ESCAPED = /^\$\$+type$/;
const DOLLAR = 0x24;

/** The key under which a user's key is stored. */
export function escapeKey(key: string): string {
  return key.charCodeAt(0) === DOLLAR && RESERVED.test(key) ? `$${key}` : key;
}

/** The user's key, from the stored one. */
export function unescapeKey(key: string): string {
  return isEscapedKey(key) ? key.slice(1) : key;
}

export function isEscapedKey(key: string): boolean {
  return key.charCodeAt(0) === DOLLAR && ESCAPED.test(key);
}

/** Whether stored text can hold a tag or an escaped key at all: if not, `JSON.parse` is the whole of decoding. */
export function mayHoldTags(text: string): boolean {
  return text.includes('$type"');
}

/** Defines `key` as data even when it is `__proto__`, which an assignment would take for the prototype. */
export function setData(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

export type TypedArrayConstructor = {
  new (buffer: ArrayBuffer): NodeJS.TypedArray;
};

/** The typed arrays, by the name they are stored under. `Buffer` is not among them: it is a `Uint8Array` with a tag of its own. */
export const TYPED_ARRAYS: ReadonlyMap<string, TypedArrayConstructor> = new Map<string, TypedArrayConstructor>([
  ['Int8Array', Int8Array],
  ['Uint8Array', Uint8Array],
  ['Uint8ClampedArray', Uint8ClampedArray],
  ['Int16Array', Int16Array],
  ['Uint16Array', Uint16Array],
  ['Int32Array', Int32Array],
  ['Uint32Array', Uint32Array],
  ['Float32Array', Float32Array],
  ['Float64Array', Float64Array],
  ['BigInt64Array', BigInt64Array],
  ['BigUint64Array', BigUint64Array],
]);
