import { ConfigurationError } from '../../core/errors/definition-error';
import type { Worker } from '../worker';
import { retentionSettings } from './retention-options';
import type { RetentionOptions } from './retention-options';
import { RetentionSchedule } from './retention-schedule';
import type { RetentionScheduleParams } from './retention-schedule';

/** The schedule that the options ask for, if they do. @throws ConfigurationError, also when there is no worker to carry it out */
export function createRetention(
  options: RetentionOptions | undefined,
  worker: Worker | undefined,
  shared: Pick<RetentionScheduleParams, 'store' | 'clock' | 'logger'>,
): RetentionSchedule | undefined {
  if (options === undefined) return undefined;
  const settings = retentionSettings(options);
  if (worker === undefined) {
    throw new ConfigurationError(
      'retention is carried out by workers, and this runner has none (worker: false); give it to the runners that have one, ' +
        'or call cleanup() from here',
    );
  }
  return new RetentionSchedule({ ...shared, settings, workerId: () => worker.id, random: Math.random });
}
