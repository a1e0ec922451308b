import { readFileSync } from 'node:fs';
import path from 'node:path';
import { decode } from '../../../src/core/codec/decode';
import { encode } from '../../../src/core/codec/encode';

const page = readFileSync(path.join(__dirname, '../../../docs/values.md'), 'utf8');

/** The rows of a section's table whose two cells begin with code. */
function rowsOf(section: string): (readonly [string, string])[] {
  const text = page.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...text.matchAll(/^\| `([^`]+)`[^|]*\| `([^`]+)` \|$/gm)].map(
    ([, value = '', other = '']) => [value, other] as const,
  );
}

/** The page's own examples, as a reader would type them. */
function evaluate(expression: string): unknown {
  return new Function(`return (${expression});`)() as unknown;
}

describe('docs/values.md', () => {
  it('has examples', () => {
    expect(rowsOf('Kept as they are').length).toBeGreaterThanOrEqual(16);
    expect(rowsOf('Refused').length).toBeGreaterThanOrEqual(15);
  });

  it.each(rowsOf('Kept as they are'))('%s is stored as %s', (expression, stored) => {
    const text = encode(evaluate(expression), { what: 'value' });
    expect(text).toBe(stored);
    expect(encode(decode(text), { what: 'value' })).toBe(text);
  });

  it.each(rowsOf('Refused'))('%s is refused: %s', (expression, problem) => {
    const value = evaluate(expression);
    expect(() => encode(value, { what: 'value' })).toThrow(problem);
  });
});
