/**
 * Text that every store takes, of anything: `\u0000` is spelled out, half of a surrogate pair becomes U+FFFD, and what is longer than
 * `maxLength` is cut, with an ellipsis. For reasons and short messages, whose recording must never fail.
 */
export function storableText(value: unknown, maxLength: number): string {
  const text = toText(value).replaceAll('\0', '\\u0000');
  return (text.length > maxLength ? `${text.slice(0, maxLength)}…` : text).toWellFormed();
}

function toText(value: unknown): string {
  try {
    return String(value);
  } catch {
    return `a value of type ${typeof value}`;
  }
}
