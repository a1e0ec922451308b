import type { Clock, Timer } from '../../core/clock';
import type { TypeflowLogger } from '../../core/logger';
import type { Explanation } from './explanation';

/** How long a client waits for a run's result before it says why there is none yet, ms. */
export const EXPLAIN_AFTER_MS = 5_000;

/**
 * Says once why a run is not over yet, after 5 s: a client that waits for a worker which does not exist would otherwise wait in
 * silence. What a worker is executing is mentioned at a lower level.
 *
 * @returns to be cancelled when the waiting is over
 */
export function explainWaiting(
  { clock, logger }: { readonly clock: Clock; readonly logger: TypeflowLogger },
  runId: string,
  explain: () => Promise<Explanation>,
): Timer {
  let isOver = false;
  const tell = async (): Promise<void> => {
    try {
      const { reason, sentence, workflow } = (await explain()).run;
      if (isOver || reason.code === 'final') return;
      const level = reason.code === 'running' ? 'info' : 'warn';
      logger[level]({ runId, workflow, reason }, `still waiting for the result of the run: ${sentence}`);
    } catch (error) {
      if (!isOver) logger.warn({ runId, err: error }, 'still waiting for the result of the run; why cannot be told');
    }
  };
  const timer = clock.setTimer(EXPLAIN_AFTER_MS, () => void tell(), { background: true });
  return {
    cancel() {
      isOver = true;
      timer.cancel();
    },
  };
}

/** Awaits the output of a run, and meanwhile does the same. */
export async function explainWhile<Output>(
  output: Promise<Output>,
  log: { readonly clock: Clock; readonly logger: TypeflowLogger },
  runId: string,
  explain: () => Promise<Explanation>,
): Promise<Output> {
  const notice = explainWaiting(log, runId, explain);
  try {
    return await output;
  } finally {
    notice.cancel();
  }
}
