import { escapeKey } from './tags';

/**
 * Sorts keys, in place, into the order in which PostgreSQL's jsonb gives them back: by length in UTF-8 bytes, then by bytes, each
 * as it is stored. Text that has this order already comes back from every store with its keys in the same places.
 *
 * JavaScript objects list integer-like keys first whatever was written, so `JSON.parse` puts those first on every store too.
 */
export function sortKeys(keys: string[]): string[] {
  let isAscii = true;
  let isSorted = true;
  let previous = '';
  for (const key of keys) {
    isAscii &&= isPlainAscii(key);
    isSorted &&= key.length > previous.length || (key.length === previous.length && key >= previous);
    previous = key;
  }
  if (isAscii) return isSorted ? keys : sortAscii(keys);
  return keys.sort((a, b) => compareStored(escapeKey(a), escapeKey(b)));
}

/** Whether the key is one byte a character and is stored as it is. Keys with `$` take the slow path, which knows the escape. */
function isPlainAscii(key: string): boolean {
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i);
    if (code > 0x7f || code === 0x24) return false;
  }
  return true;
}

const SMALL = 16;

/** Insertion for the usual handful of keys: `Array.prototype.sort` costs more than the rest of encoding a small object. */
function sortAscii(keys: string[]): string[] {
  if (keys.length > SMALL) return keys.sort((a, b) => (isAfter(a, b) ? 1 : -1));
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] as string;
    let at = i;
    for (; at > 0 && isAfter(keys[at - 1] as string, key); at--) keys[at] = keys[at - 1] as string;
    keys[at] = key;
  }
  return keys;
}

function isAfter(a: string, b: string): boolean {
  return a.length > b.length || (a.length === b.length && a > b);
}

/** UTF-16 order differs from byte order above U+D7FF, so bytes are compared. */
function compareStored(a: string, b: string): number {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length - right.length || Buffer.compare(left, right);
}
