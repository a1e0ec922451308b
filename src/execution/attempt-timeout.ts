import { TaskCancelledError, TimeoutStrategy, timeout } from 'cockatiel';
import type { TimeoutPolicy } from 'cockatiel';
import type { Clock } from '../core/clock';

/** Beyond it Node's timers, and with them Cockatiel's, fire at once. */
const LONGEST_COCKATIEL_MS = 2 ** 31 - 1;

/** Policies hold no state of a call, so one per duration serves every attempt. */
const policies = new Map<number, TimeoutPolicy>();

/** What `callWithin` answers when the time ran out before `call` settled. */
export const TIMED_OUT: unique symbol = Symbol('timed out');

/**
 * Calls `call` and waits for it, at most `timeoutMs`. A call that settles late is left to itself: its value is dropped and its
 * rejection is swallowed. A synchronous call that takes longer than the timeout settles before the timer can fire, and
 * its value counts.
 *
 * Cockatiel's timeout does the work on the machine's clock. It cannot follow a virtual clock, and fires at once beyond 2^31 - 1 ms;
 * for these two the clock's own timer takes its place.
 */
export function callWithin<T>(
  timeoutMs: number,
  clock: Clock,
  isSystemClock: boolean,
  call: () => Promise<T>,
): Promise<T | typeof TIMED_OUT> {
  return isSystemClock && timeoutMs <= LONGEST_COCKATIEL_MS
    ? callWithPolicy(timeoutMs, call)
    : callWithTimer(timeoutMs, clock, call);
}

async function callWithPolicy<T>(timeoutMs: number, call: () => Promise<T>): Promise<T | typeof TIMED_OUT> {
  let hasSettled = false;
  try {
    return await policyFor(timeoutMs).execute(() =>
      call().finally(() => {
        hasSettled = true;
      }),
    );
  } catch (error) {
    // A user's own Cockatiel policy throws the same class; only an unsettled call was timed out by us.
    if (error instanceof TaskCancelledError && !hasSettled) return TIMED_OUT;
    throw error;
  }
}

function policyFor(timeoutMs: number): TimeoutPolicy {
  let policy = policies.get(timeoutMs);
  if (policy === undefined) {
    policy = timeout(timeoutMs, { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false });
    // What is left of a totalTimeout differs from attempt to attempt: such durations must not pile up.
    if (policies.size < 1_000) policies.set(timeoutMs, policy);
  }
  return policy;
}

function callWithTimer<T>(timeoutMs: number, clock: Clock, call: () => Promise<T>): Promise<T | typeof TIMED_OUT> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(timeoutMs, () => resolve(TIMED_OUT));
    call()
      .then(resolve, reject)
      .finally(() => timer.cancel());
  });
}
