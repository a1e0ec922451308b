import { encode } from '../../core/codec/encode';
import { briefly } from '../../core/errors/briefly';
import { toErrorRecord } from '../../core/errors/error-record';

/** Fields of one line, encoded, bytes: lines are for people. */
const MAX_BYTES = 4_096;
/** One field, where all of them are too much. */
const MAX_FIELD_BYTES = 512;

/** The fields of a line as they can be kept: what cannot be stored, or is too long, is kept in a few words. Never throws. */
export function loggable(fields: unknown): string {
  if (typeof fields !== 'object' || fields === null) return '{}';
  return tryEncode(fields, MAX_BYTES) ?? tryEncode(shortened(fields), MAX_BYTES) ?? '{}';
}

function shortened(fields: object): Record<string, unknown> {
  const short: Record<string, unknown> = {};
  try {
    for (const [key, value] of Object.entries(fields)) {
      short[key] = tryEncode(value, MAX_FIELD_BYTES) === undefined ? inWords(value) : value;
    }
  } catch {
    // A getter, or a proxy: what was read before it stays.
  }
  return short;
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
