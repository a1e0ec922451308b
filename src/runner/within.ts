import type { Clock, Timer } from '../core/clock';

/** Waits for `promise`, at most `timeoutMs`. */
export async function within(clock: Clock, promise: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: Timer | undefined;
  const timeout = new Promise<void>((resolve) => (timer = clock.setTimer(timeoutMs, resolve)));
  await Promise.race([promise, timeout]);
  timer?.cancel();
}
