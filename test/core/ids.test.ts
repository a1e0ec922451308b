import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { UuidV7Generator, isUuid } from '../../src/core/ids';

const RANDOM = '11111111-2222-4333-a444-555555555555';

describe('a generator of UUIDv7s', () => {
  it('writes time, version, counter, variant and the random tail where RFC 9562 wants them', () => {
    // The time of the RFC's own example, appendix A.6.
    const ids = new UuidV7Generator();
    expect(ids.next(0x017f22e279b0, RANDOM)).toBe('017f22e2-79b0-7000-a444-555555555555');
    expect(ids.next(0x017f22e279b0, RANDOM)).toBe('017f22e2-79b0-7001-a444-555555555555');
  });

  it('makes ids that sort in the order they were made, even when the clock stands still or goes back', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 2, maxLength: 200 }), (instants) => {
        const ids = new UuidV7Generator();
        const made = instants.map((instant) => ids.next(1_700_000_000_000 + instant, randomUUID()));
        expect([...made].sort()).toEqual(made);
        expect(new Set(made).size).toBe(made.length);
        expect(made.every(isUuid)).toBe(true);
      }),
    );
  });

  it('borrows from the next millisecond when there are more than 4,096 in one', () => {
    const ids = new UuidV7Generator();
    const made = Array.from({ length: 10_000 }, () => ids.next(1, RANDOM));
    expect([...made].sort()).toEqual(made);
    expect(new Set(made).size).toBe(10_000);
  });
});

describe('isUuid', () => {
  it.each([randomUUID(), '00000000-0000-0000-0000-000000000000'])('takes %s', (text) =>
    expect(isUuid(text)).toBe(true),
  );

  it.each([
    '',
    'null',
    RANDOM.toUpperCase(),
    `${RANDOM}x`,
    ` ${RANDOM}`,
    `${RANDOM}\n`,
    RANDOM.replaceAll('-', ''),
    "'; drop table run; --",
  ])('refuses %j', (text) => expect(isUuid(text)).toBe(false));
});
