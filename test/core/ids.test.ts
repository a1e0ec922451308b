import fc from 'fast-check';
import { isUuid, uuidv7 } from '../../src/core/ids';

const bytes = fc.uint8Array({ minLength: 10, maxLength: 10 });
const instant = fc.integer({ min: 0, max: 2 ** 48 - 1 });

describe('uuidv7', () => {
  it('is laid out as RFC 9562 shows it', () => {
    // The example of the RFC's appendix A.6, its random bits given.
    const random = Uint8Array.of(0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f);
    expect(uuidv7(0x017f22e279b0, random)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
  });

  it('is a lower-case UUID of version 7, variant 10, whatever the time and the random bytes', () => {
    fc.assert(
      fc.property(instant, bytes, (epochMs, random) => {
        const id = uuidv7(epochMs, random);
        expect(isUuid(id)).toBe(true);
        expect(id).toMatch(/^.{14}7.{4}[89ab]/);
        expect(parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(epochMs);
      }),
    );
  });

  it('sorts later ids after earlier ones', () => {
    fc.assert(
      fc.property(instant, instant, bytes, bytes, (a, b, one, other) => {
        fc.pre(a < b);
        expect(uuidv7(a, one) < uuidv7(b, other)).toBe(true);
      }),
    );
  });

  it('uses every random bit', () => {
    const ids = new Set<string>();
    for (let byte = 0; byte < 10; byte++) {
      for (let bit = 0; bit < 8; bit++)
        ids.add(
          uuidv7(
            0,
            Uint8Array.from({ length: 10 }, (_, i) => (i === byte ? 1 << bit : 0)),
          ),
        );
    }
    // 74 random bits, each alone, and the id without any: version and variant take six of the eighty.
    expect(ids.size).toBe(75);
  });

  it('takes missing random bytes for zeros', () => {
    expect(uuidv7(0, new Uint8Array())).toBe('00000000-0000-7000-8000-000000000000');
  });
});

describe('isUuid', () => {
  it.each([
    '',
    'x',
    '017F22E2-79B0-7CC3-98C4-DC0C0C07398F',
    '017f22e279b07cc398c4dc0c0c07398f',
    ' 017f22e2-79b0-7cc3-98c4-dc0c0c07398f',
    '017f22e2-79b0-7cc3-98c4-dc0c0c07398f\n',
  ])('refuses %j', (text) => {
    expect(isUuid(text)).toBe(false);
  });
});
