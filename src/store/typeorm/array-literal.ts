/**
 * Columns of a batch as array literals of PostgreSQL. pg would make the same text of an array, by a general way that costs more than
 * the rest of a flush. A column without a single value is sent as NULL: `unnest` fills up shorter arrays with NULLs.
 */

/** Texts that need no escaping, for nothing in them means anything in a literal: numbers, UUIDs, statuses, booleans. */
export function plainColumn(values: readonly (string | number | boolean | null | undefined)[]): string | null {
  return columnOf(values, String);
}

/** Any text. */
export function textColumn(values: readonly (string | null | undefined)[]): string | null {
  return columnOf(values, quote);
}

/**
 * Encoded values as one JSON text, an array with `[value]` for each and `null` for none: nothing of them has to be escaped. The
 * statement reads them by `jsonb_array_elements`, and takes each out by `-> 0`.
 */
export function jsonColumn(values: readonly (string | null | undefined)[]): string | null {
  let parts: string[] | undefined;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === null || value === undefined) continue;
    parts ??= new Array<string>(values.length).fill('null');
    parts[i] = `[${value}]`;
  }
  return parts === undefined ? null : `[${parts.join(',')}]`;
}

function columnOf<T>(values: readonly (T | null | undefined)[], write: (value: T) => string): string | null {
  let parts: string[] | undefined;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === null || value === undefined) continue;
    parts ??= new Array<string>(values.length).fill('NULL');
    parts[i] = write(value);
  }
  return parts === undefined ? null : `{${parts.join(',')}}`;
}

const SPECIAL = /["\\]/;
const EVERY_SPECIAL = /["\\]/g;

function quote(text: string): string {
  return SPECIAL.test(text) ? `"${text.replace(EVERY_SPECIAL, '\\$&')}"` : `"${text}"`;
}
