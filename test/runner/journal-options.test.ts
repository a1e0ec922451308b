import { journalLimits } from '../../src/runner/journal-options';

describe('journal options', () => {
  it('have defaults, and take durations', () => {
    expect(journalLimits()).toEqual({ maxRows: 2_000, maxBytes: 8_388_608, maxDelayMs: 0 });
    expect(journalLimits({ maxRows: 10, maxDelay: '5ms' })).toMatchObject({ maxRows: 10, maxDelayMs: 5 });
  });

  it.each([
    ['maxRows', { maxRows: 0 }],
    ['maxBytes', { maxBytes: 1.5 }],
    ['maxDelay', { maxDelay: -1 }],
  ])('name %s when it is wrong', (name, options) => {
    expect(() => journalLimits(options)).toThrow(`journal.${name}`);
  });
});
