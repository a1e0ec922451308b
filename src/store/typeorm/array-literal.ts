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

function columnOf<T>(values: readonly (T | null | undefined)[], write: (value: T) => string): string | null {
  let literal = '';
  let hasValue = false;
  for (const value of values) {
    if (value === null || value === undefined) {
      literal += ',NULL';
    } else {
      hasValue = true;
      literal += `,${write(value)}`;
    }
  }
  return hasValue ? `{${literal.slice(1)}}` : null;
}

const SPECIAL = /["\\]/;
const EVERY_SPECIAL = /["\\]/g;

function quote(text: string): string {
  return SPECIAL.test(text) ? `"${text.replace(EVERY_SPECIAL, '\\$&')}"` : `"${text}"`;
}
