import { TaskCancelledError, TimeoutStrategy, timeout } from 'cockatiel';
import type { TimeoutPolicy } from 'cockatiel';
import type { Clock } from '../core/clock';

/** Beyond it Node's timers, and with them Cockatiel's, fire at once. */
const LONGEST_COCKATIEL_MS = 2 ** 31 - 1;

/** Policies hold no state of a call, so one per duration serves every attempt. */
const policies = new Map<number, TimeoutPolicy>();

/** Takes a running timeout's timer away, when nobody waits for the call any more. */
export class Disarm {
  isDisarmed = false;
  onDisarm: (() => void) | undefined;

  disarm(): void {
    if (this.isDisarmed) return;
    this.isDisarmed = true;
    this.onDisarm?.();
  }
}

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
  disarm: Disarm,
  call: () => Promise<T>,
): Promise<T | typeof TIMED_OUT> {
  return isSystemClock && timeoutMs <= LONGEST_COCKATIEL_MS
    ? callWithPolicy(timeoutMs, clock, disarm, call)
    : callWithTimer(timeoutMs, clock, disarm, call);
}

/**
 * Most calls are over before a timer could ever fire. Only what has not settled when the event loop comes round is handed to
 * Cockatiel, whose timer, signal and listeners cost more than such a call.
 */
function callWithPolicy<T>(
  timeoutMs: number,
  clock: Clock,
  disarm: Disarm,
  call: () => Promise<T>,
): Promise<T | typeof TIMED_OUT> {
  const startedAt = clock.monotonic();
  return new Promise((resolve, reject) => {
    const called = call();
    const watch = (): void => {
      if (disarm.isDisarmed) return;
      const controller = new AbortController();
      disarm.onDisarm = () => controller.abort();
      const restMs = Math.max(1, Math.ceil(timeoutMs - (clock.monotonic() - startedAt)));
      let hasSettled = false;
      const watched = called.finally(() => {
        hasSettled = true;
      });
      policyFor(restMs)
        .execute(() => watched, controller.signal)
        .catch((error: unknown) => {
          // A user's own Cockatiel policy throws the same class; only an unsettled call was timed out by us.
          if (error instanceof TaskCancelledError && !hasSettled && !disarm.isDisarmed) resolve(TIMED_OUT);
        });
    };
    nextTurn.add(watch);
    called.then(
      (value) => {
        nextTurn.delete(watch);
        resolve(value);
      },
      (error: unknown) => {
        nextTurn.delete(watch);
        reject(error as Error);
      },
    );
  });
}

/** What is to be done when the event loop comes round, with one immediate for all of it. */
class NextTurn {
  #actions = new Set<() => void>();
  #isScheduled = false;

  add(action: () => void): void {
    this.#actions.add(action);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#run());
  }

  delete(action: () => void): void {
    this.#actions.delete(action);
  }

  #run(): void {
    const actions = this.#actions;
    this.#actions = new Set();
    this.#isScheduled = false;
    for (const action of actions) action();
  }
}

const nextTurn = new NextTurn();

function policyFor(timeoutMs: number): TimeoutPolicy {
  let policy = policies.get(timeoutMs);
  if (policy === undefined) {
    policy = timeout(timeoutMs, { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false });
    // What is left of a totalTimeout differs from attempt to attempt: such durations must not pile up.
    if (policies.size < 1_000) policies.set(timeoutMs, policy);
  }
  return policy;
}

function callWithTimer<T>(
  timeoutMs: number,
  clock: Clock,
  disarm: Disarm,
  call: () => Promise<T>,
): Promise<T | typeof TIMED_OUT> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(timeoutMs, () => resolve(TIMED_OUT));
    disarm.onDisarm = () => timer.cancel();
    call()
      .then(resolve, reject)
      .finally(() => timer.cancel());
  });
}
