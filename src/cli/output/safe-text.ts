/**
 * What a terminal acts on instead of showing it: control characters (escape sequences begin with one), what turns the direction of text, line
 * separators that are no line feed, invisible characters that hide a difference, and halves of a surrogate pair.
 */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One line of text that a terminal shows as it is, whatever was in it: the rest is spelled out, as in JSON. */
export function safeText(text: string): string {
  return text.replace(UNSAFE, (character) => SHORT[character] ?? spelledOut(character));
}

/** The same of JSON, which stays JSON of the same value. */
export function safeJson(value: unknown, indent?: number): string {
  // What is left of them stands within strings, but for the line feeds that `indent` makes.
  const text = JSON.stringify(value, undefined, indent) ?? 'null';
  return text.replace(UNSAFE, (character) => (character === '\n' ? character : spelledOut(character)));
}

/** In UTF-16, as JSON and JavaScript spell it. */
function spelledOut(character: string): string {
  return Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
}
