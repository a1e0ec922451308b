import fc from 'fast-check';
import { MAX_DURATION_MS, checkDuration, formatDuration, parseDuration } from '../../src/core/durations';
import { ArgumentError, ConfigurationError } from '../../src/core/errors/definition-error';

const what = 'timeout';

describe('parseDuration', () => {
  it.each([
    [1, 1],
    [1_500, 1_500],
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5s', 1_500],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['3d', 259_200_000],
    ['1w', 604_800_000],
    ['520w', 520 * 604_800_000],
    [MAX_DURATION_MS, MAX_DURATION_MS],
    ['3650d', MAX_DURATION_MS],
  ])('reads %p as %p ms', (written, ms) => {
    expect(parseDuration(written, { what })).toBe(ms);
  });

  it.each(['0.001s', '0.4ms', '1.4ms', '0.0000001ms'])(
    'rounds %p to whole milliseconds, never down to nothing',
    (written) => {
      expect(parseDuration(written, { what })).toBe(1);
    },
  );

  it.each([0, -0, '0ms', '0s', '0.0h'])('takes %p for delays only', (written) => {
    expect(parseDuration(written, { what, allowZero: true })).toBe(0);
    expect(() => parseDuration(written, { what })).toThrow('timeout must be longer than 0');
  });

  it.each([
    NaN,
    -1,
    -Infinity,
    1.5,
    '',
    '5',
    '5 s',
    ' 5s',
    '5s\n',
    '+5s',
    '-5s',
    '1e3ms',
    '0x10ms',
    '.5s',
    '5.s',
    '1h30m',
    '5S',
    '5sec',
    '5y',
    'NaNms',
    'Infinityms',
    null,
    undefined,
    true,
    5n,
    {},
    [],
    ['5s'],
    () => 5,
    Symbol('5s'),
  ])('refuses %p', (written) => {
    expect(() => parseDuration(written, { what })).toThrow(/^timeout must be a duration: whole milliseconds, .*, got /);
  });

  it.each([Infinity, 2 ** 53, MAX_DURATION_MS + 1, '3651d', '522w', `${'9'.repeat(400)}ms`])(
    'refuses %p, which is over ten years',
    (written) => {
      expect(() => parseDuration(written, { what })).toThrow('timeout must be at most ten years');
    },
  );

  it('throws the error of the place it is used in', () => {
    expect(() => parseDuration('x', { what: 'start.delay' })).toThrow(ArgumentError);
    expect(() => parseDuration('x', { what: 'worker.lease', of: 'configuration' })).toThrow(ConfigurationError);
  });

  it('does not print a whole book', () => {
    expect(() => parseDuration('x'.repeat(10_000), { what })).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/.{300}/) }),
    );
  });

  it('gives whole milliseconds within the bounds, or a reason, for anything', () => {
    const units = fc.constantFrom('ms', 's', 'm', 'h', 'd', 'w', 'y', '');
    const written = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.tuple(fc.double(), units).map(([n, unit]) => `${n}${unit}`),
      fc.anything(),
    );
    fc.assert(
      fc.property(written, fc.boolean(), (value, allowZero) => {
        const result = checkDuration(value, { allowZero });
        if (typeof result !== 'number') return expect(result.expected).not.toBe('');
        expect(Number.isInteger(result)).toBe(true);
        expect(result).toBeGreaterThanOrEqual(allowZero ? 0 : 1);
        expect(result).toBeLessThanOrEqual(MAX_DURATION_MS);
      }),
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0ms'],
    [1, '1ms'],
    [60_700, '1m 700ms'],
    [7_500_000, '2h 5m'],
    [MAX_DURATION_MS, '3650d'],
  ])('writes %p ms as %p', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it('loses nothing', () => {
    fc.assert(
      fc.property(fc.nat(MAX_DURATION_MS), (ms) => {
        const parts = formatDuration(ms).split(' ');
        expect(parts.reduce((sum, part) => sum + parseDuration(part, { what, allowZero: true }), 0)).toBe(ms);
      }),
    );
  });
});
