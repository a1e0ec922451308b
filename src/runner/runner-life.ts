import { keepGraphs } from './change/stored-outlines';
import type { RunnerParts } from './runner-parts';
import type { ScheduleClock } from './schedules/schedule-clock';
import { within } from './within';

/** How long a database that does not answer is waited for with the last log lines, ms. */
const LAST_LINES_MS = 1_000;

/** Connects, and starts what works by itself. What cannot be started leaves nothing connected. */
export async function openParts(parts: RunnerParts, scheduleClock: ScheduleClock | undefined): Promise<void> {
  const { store, worker, retention } = parts;
  try {
    await store.open();
    await keepGraphs(parts);
    await worker?.start();
    retention?.start();
    await scheduleClock?.start();
  } catch (error) {
    await store.close().catch(() => undefined);
    throw error;
  }
}

/** Ends what works by itself, tells those who wait, and disconnects. @param leave what is to be done before they are told */
export async function closeParts(
  { store, clock, worker, retention, lines, followers, waiters }: RunnerParts,
  scheduleClock: ScheduleClock | undefined,
  leave: () => void,
): Promise<void> {
  retention?.close();
  scheduleClock?.close();
  try {
    await worker?.close();
    // Closing has its time, and log lines are not worth more of it.
    await within(clock, lines.flush(), LAST_LINES_MS);
  } finally {
    leave();
    followers.close();
    waiters.close();
    await store.close();
  }
}
