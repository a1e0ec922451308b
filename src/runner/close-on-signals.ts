import { constants } from 'node:os';
import type { Clock } from '../core/clock';
import type { TypeflowLogger } from '../core/logger';

export interface CloseOnSignalsParams {
  readonly signals: readonly NodeJS.Signals[];
  readonly close: () => Promise<void>;
  /** After this time the process exits whatever `close` waits for, ms. */
  readonly limitMs: number;
  readonly clock: Clock;
  readonly logger: TypeflowLogger;
}

/** What a shell shows for a process that this signal has ended. */
const exitCodeOf = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];

/**
 * The first of the signals closes and then ends the process with code 0; a second one ends it at once with 128 and the signal's
 * number. Returns the way to stop listening.
 */
export function closeOnSignals({ signals, close, limitMs, clock, logger }: CloseOnSignalsParams): () => void {
  let isClosing = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isClosing) process.exit(exitCodeOf(signal));
    isClosing = true;
    logger.info({ signal }, 'closing: running attempts may end; a second signal ends the process at once');
    clock.setTimer(limitMs, () => {
      logger.error({ signal, limitMs }, 'closing took too long; the process ends without having given its runs back');
      process.exit(1);
    });
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ signal, err: error }, 'closing failed');
        process.exit(1);
      },
    );
  };
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}
