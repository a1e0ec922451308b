import { encode } from '../../core/codec/encode';
import { briefly } from '../../core/errors/briefly';
import { toErrorRecord } from '../../core/errors/error-record';
import { storableText } from '../../core/storable-text';

/** Fields of one line, encoded, bytes: lines are for people. */
const MAX_BYTES = 4_096;
/** One field, where all of them are too much. */
const MAX_FIELD_BYTES = 512;

const MAX_KEY = 100;
/** Quotes, colon and comma, and what escapes may add to a key. */
const PUNCTUATION = 16;
const ROOM_FOR_MORE = 128;

/** The fields of a line as they can be kept: what cannot be stored, or is too long, is kept in a few words. Never throws. */
export function loggable(fields: unknown): string {
  if (typeof fields !== 'object' || fields === null) return '{}';
  return tryEncode(fields, MAX_BYTES) ?? tryEncode(shortened(fields), MAX_BYTES) ?? '{}';
}

/** Field by field, as many as there is room for. */
function shortened(fields: object): Record<string, unknown> {
  const short: Record<string, unknown> = {};
  let room = MAX_BYTES - ROOM_FOR_MORE;
  try {
    for (const name of Object.keys(fields)) {
      const value = read(fields, name);
      const key = storableText(name, MAX_KEY);
      const whole = tryEncode(value, MAX_FIELD_BYTES);
      const kept = whole === undefined ? storableText(inWords(value), MAX_FIELD_BYTES / 2) : value;
      room -= Buffer.byteLength(key) + Buffer.byteLength(whole ?? JSON.stringify(kept)) + PUNCTUATION;
      if (room < 0) return { ...short, '…': 'further fields are not kept' };
      short[key] = kept;
    }
  } catch {
    // A proxy that does not even tell its keys: what was read before stays.
  }
  return short;
}

/** A getter may throw. */
function read(fields: object, name: string): unknown {
  try {
    return (fields as Readonly<Record<string, unknown>>)[name];
  } catch (error) {
    return `not to be read: ${briefly(error)}`;
  }
}

function inWords(value: unknown): string {
  if (!(value instanceof Error)) return typeof value === 'string' ? briefly(value) : `${briefly(value)} (not kept)`;
  const { name, message } = toErrorRecord(value);
  return briefly({ name, message });
}

function tryEncode(value: unknown, maxBytes: number): string | undefined {
  try {
    return encode(value, { what: 'fields of a log line', maxBytes });
  } catch {
    return undefined;
  }
}
