import { TaskCancelledError, TimeoutStrategy, timeout } from 'cockatiel';
import type { TimeoutPolicy } from 'cockatiel';
import type { Clock, Timer } from '../core/clock';

// Taken once: tests with fake timers replace it, and one turn that never came would stop this for good.
const { setImmediate } = globalThis;

/** Beyond it Node's timers, and with them Cockatiel's, fire at once. */
const LONGEST_COCKATIEL_MS = 2 ** 31 - 1;

/** Policies hold no state of a call, so one per duration serves every attempt. */
const policies = new Map<number, TimeoutPolicy>();

/** What can run out of time: one call of a method. */
export interface TimedCall {
  /** Nothing is to be watched any more: the call has settled, or nobody waits for it. */
  readonly isUnwatched: boolean;
  /** The event loop has come round and the call is still running. */
  watch(): void;
}

/** Calls whose time is to be watched when the event loop comes round, with one immediate for all of them. */
class NextTurn {
  #calls: TimedCall[] = [];

  add(call: TimedCall): void {
    if (this.#calls.push(call) === 1) setImmediate(() => this.#run());
  }

  #run(): void {
    const calls = this.#calls;
    this.#calls = [];
    for (const call of calls) if (!call.isUnwatched) call.watch();
  }
}

const nextTurn = new NextTurn();

/**
 * Has `call` watched once the event loop comes round. Most calls are over by then, and a timer, its signal and its listeners cost
 * more than such a call. So a synchronous call that takes longer than its timeout settles first, and its value counts.
 */
export function watchLater(call: TimedCall): void {
  nextTurn.add(call);
}

/**
 * The time limit of a call that is running.
 *
 * Cockatiel's timeout does the work on the machine's clock. It cannot follow a virtual clock, and fires at once beyond 2^31 - 1 ms;
 * for these two the clock's own timer takes its place.
 */
export class AttemptTimeout {
  #isDisarmed = false;
  #timer: Timer | undefined;
  #settle: (() => void) | undefined;

  /** @param onTimeout called at most once, and never after `disarm` */
  constructor(timeoutMs: number, clock: Clock, isSystemClock: boolean, onTimeout: () => void) {
    if (!isSystemClock || timeoutMs > LONGEST_COCKATIEL_MS) {
      this.#timer = clock.setTimer(timeoutMs, onTimeout);
      return;
    }
    // What Cockatiel waits for in place of the call, whose value and errors are none of its business.
    const settled = new Promise<void>((resolve) => (this.#settle = resolve));
    policyFor(timeoutMs)
      .execute(() => settled)
      .catch((error: unknown) => {
        if (error instanceof TaskCancelledError && !this.#isDisarmed) onTimeout();
      });
  }

  /** The call has settled, or nobody waits for it any more. */
  disarm(): void {
    this.#isDisarmed = true;
    this.#timer?.cancel();
    this.#settle?.();
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
