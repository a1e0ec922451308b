import fc from 'fast-check';
import { backoffDelayMs } from '../../src/execution/backoff';
import type { RetryOptions } from '../../src/graph/node-options';

const options = (parts: Partial<RetryOptions>): RetryOptions => ({
  max: 10,
  backoff: 'exponential',
  initialDelayMs: 100,
  maxDelayMs: 1_000,
  jitter: false,
  ...parts,
});

describe('the delay before the next attempt', () => {
  it.each([
    ['exponential', [100, 200, 400, 800, 1_000, 1_000]],
    ['linear', [100, 200, 300, 400, 500, 600]],
    ['constant', [100, 100, 100, 100, 100, 100]],
  ] as const)('grows as %s says, up to maxDelay', (backoff, expected) => {
    const delays = [1, 2, 3, 4, 5, 6].map((attempt) => backoffDelayMs(options({ backoff }), attempt, 0.5));
    expect(delays).toEqual(expected);
  });

  it('is drawn between one half and the whole with jitter', () => {
    expect(backoffDelayMs(options({ jitter: true }), 1, 0)).toBe(50);
    expect(backoffDelayMs(options({ jitter: true }), 1, 0.5)).toBe(75);
    expect(backoffDelayMs(options({ jitter: true }), 1, 0.999999)).toBe(100);
  });

  it('may be 0', () => {
    for (const backoff of ['exponential', 'linear', 'constant'] as const) {
      expect(backoffDelayMs(options({ backoff, initialDelayMs: 0 }), 5, 0.5)).toBe(0);
    }
  });

  it('stays a whole number within bounds for every attempt, however many', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('exponential', 'linear', 'constant'),
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: 0, max: 10_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.boolean(),
        (backoff, attempt, initialDelayMs, random, jitter) => {
          const delay = backoffDelayMs(
            options({ backoff, initialDelayMs, maxDelayMs: 60_000, jitter }),
            attempt,
            random,
          );
          expect(Number.isInteger(delay)).toBe(true);
          expect(delay).toBeGreaterThanOrEqual(0);
          expect(delay).toBeLessThanOrEqual(60_000);
        },
      ),
    );
  });
});
