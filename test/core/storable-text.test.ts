import fc from 'fast-check';
import { storableText } from '../../src/core/storable-text';

describe('text that every store takes', () => {
  it.each([
    ['fine', 'fine'],
    ['a\0b', 'a\\u0000b'],
    ['half \ud800', 'half \ufffd'],
    [undefined, 'undefined'],
    [7n, '7'],
    [{ toString: null }, 'a value of…'],
    ['12345678901', '1234567890…'],
    ['123456789😀', '123456789\ufffd…'],
  ])('of %p is %p', (value, text) => {
    expect(storableText(value, 10)).toBe(text);
  });

  it('is well-formed, without \\u0000 and bounded, whatever it is made of', () => {
    fc.assert(
      fc.property(fc.anything(), fc.nat(50), (value, maxLength) => {
        const text = storableText(value, maxLength);
        expect(text.isWellFormed() && !text.includes('\0') && text.length <= maxLength + 1).toBe(true);
      }),
    );
  });
});
