import type { Clock, Timer } from '../core/clock';

/** Waits for `promise`, at most `timeoutMs`. */
export async function within(clock: Clock, promise: Promise<unknown> | undefined, timeoutMs: number): Promise<void> {
  if (promise === undefined) return;
  let timer: Timer | undefined;
  const timeout = new Promise<void>((resolve) => (timer = clock.setTimer(timeoutMs, resolve)));
  await Promise.race([promise, timeout]);
  timer?.cancel();
}
