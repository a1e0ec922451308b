import { withoutSecrets } from './secrets';

/** Shorter rests of a cut text are not worth keeping. */
const MARK_LENGTH = 40;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * Room for text in one record, in bytes of its JSON. What is taken never holds what a database refuses, and says where it was cut.
 */
export class TextBudget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  has(bytes: number): boolean {
    return this.#left >= bytes;
  }

  /** Room for punctuation and keys. */
  reserve(bytes: number): void {
    this.#left -= bytes;
  }

  /** As much of `text` as `limit` and the room that is left allow, in a form that can be stored. */
  take(text: string, limit: number): string {
    const room = Math.max(0, Math.min(limit, this.#left - MARK_LENGTH));
    // Secrets go before the cut, which could take away what they are recognised by; a text far beyond it is not searched whole.
    const start = storable(withoutSecrets(text.slice(0, room * 2 + 1)));
    const fitting = fittingLength(start, room);
    const isWhole = fitting === start.length && text.length <= room * 2 + 1;
    const taken = isWhole
      ? start
      : `${start.slice(0, fitting)}…[${Math.max(1, text.length - fitting)} more characters]`;
    this.#left -= jsonBytes(taken);
    return taken;
  }
}

/** What PostgreSQL cannot hold, spelled out. */
function storable(text: string): string {
  const withoutNul = text.includes('\0') ? text.replaceAll('\0', '\\u0000') : text;
  if (withoutNul.isWellFormed()) return withoutNul;
  return withoutNul.replace(LONE_SURROGATE, (half) => `\\u${half.charCodeAt(0).toString(16)}`);
}

/** How many UTF-16 units of `text` take at most `room` bytes of JSON. */
function fittingLength(text: string, room: number): number {
  if (jsonBytes(text) <= room) return text.length;
  let bytes = 2;
  let length = 0;
  for (const character of text) {
    bytes += jsonBytesOf(character.codePointAt(0) as number);
    if (bytes > room) break;
    length += character.length;
  }
  return length;
}

/** Of one code point, at most. */
function jsonBytesOf(codePoint: number): number {
  if (codePoint < 0x20) return 6;
  if (codePoint === 0x22 || codePoint === 0x5c) return 2;
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x1_0000 ? 3 : 4;
}

/** With the quotes. */
function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}
