import { ArgumentError, ConfigurationError } from '../../../src/core/errors/definition-error';
import { cleanupRule, retentionSettings } from '../../../src/runner/retention/retention-options';

describe('the options of retention', () => {
  it('have defaults, and keep what is not named', () => {
    expect(retentionSettings({ completed: '7d' })).toEqual({
      ages: { COMPLETED: 604_800_000, FAILED: undefined, CANCELLED: undefined },
      everyMs: 3_600_000,
      batchSize: 500,
    });
  });

  it.each([
    [{}, 'retention names no status: give completed, failed or cancelled a duration'],
    [{ completed: 0 }, 'retention.completed must be longer than 0'],
    [{ failed: 'soon' as '1d' }, 'retention.failed must be a duration'],
    [{ completed: '1d', every: 0 } as const, 'retention.every must be longer than 0'],
    [{ completed: '1d', batchSize: 0 } as const, 'retention.batchSize must be a whole number from 1 to 10,000, got 0'],
    [{ completed: '1d', batchSize: 10_001 } as const, 'retention.batchSize must be'],
  ])('%j is refused', (options, message) => {
    expect(() => retentionSettings(options)).toThrow(ConfigurationError);
    expect(() => retentionSettings(options)).toThrow(message);
  });
});

describe('the options of cleanup', () => {
  it('take every run that is over by default, or those of some statuses', () => {
    expect(cleanupRule({ olderThan: 0 })).toEqual({ ages: { COMPLETED: 0, FAILED: 0, CANCELLED: 0 }, batchSize: 500 });
    expect(cleanupRule({ olderThan: '1s', status: 'FAILED', batchSize: 7 })).toEqual({
      ages: { FAILED: 1_000 },
      batchSize: 7,
    });
    expect(cleanupRule({ olderThan: 1, status: ['CANCELLED', 'FAILED'] }).ages).toEqual({ CANCELLED: 1, FAILED: 1 });
  });

  it.each([
    [{ olderThan: -1 }, 'cleanup.olderThan must be a duration'],
    [
      { olderThan: 1, status: 'RUNNING' as 'FAILED' },
      'cleanup.status must be one of COMPLETED, FAILED, CANCELLED, got "RUNNING"; other runs are never deleted',
    ],
    [{ olderThan: 1, batchSize: 1.5 }, 'cleanup.batchSize must be a whole number from 1 to 10,000, got 1.5'],
  ])('%j is refused', (options, message) => {
    expect(() => cleanupRule(options)).toThrow(ArgumentError);
    expect(() => cleanupRule(options)).toThrow(message);
  });
});
