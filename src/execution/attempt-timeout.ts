import { TaskCancelledError, TimeoutStrategy, timeout } from 'cockatiel';
import type { TimeoutPolicy } from 'cockatiel';
import type { Clock, Timer } from '../core/clock';

/** Beyond it Node's timers, and with them Cockatiel's, fire at once. */
const LONGEST_COCKATIEL_MS = 2 ** 31 - 1;

/** Policies hold no state of a call, so one per duration serves every attempt. */
const policies = new Map<number, TimeoutPolicy>();

export interface AttemptTimeoutParams {
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Whether `clock` is the machine's: Cockatiel's timers cannot follow another one. */
  readonly isSystemClock: boolean;
  /** Monotonic ms: when the call began. */
  readonly startedAt: number;
  /** Called at most once, and never after `disarm`. */
  readonly onTimeout: () => void;
}

/**
 * The time limit of one call that has just been made.
 *
 * Cockatiel's timeout does the work on the machine's clock. It cannot follow a virtual clock, and fires at once beyond 2^31 - 1 ms;
 * for these two the clock's own timer takes its place. Most calls are over before a timer could ever fire: only what has not
 * settled when the event loop comes round is handed to Cockatiel, whose timer, signal and listeners cost more than such a call.
 * So a synchronous call that takes longer than the timeout settles first, and its value counts.
 */
export class AttemptTimeout {
  readonly #params: AttemptTimeoutParams;
  #isDisarmed = false;
  #timer: Timer | undefined;
  #settle: (() => void) | undefined;

  constructor(params: AttemptTimeoutParams) {
    this.#params = params;
    const { timeoutMs, clock, isSystemClock, onTimeout } = params;
    if (isSystemClock && timeoutMs <= LONGEST_COCKATIEL_MS) nextTurn.add(this);
    else this.#timer = clock.setTimer(timeoutMs, onTimeout);
  }

  /** The call has settled, or nobody waits for it any more. */
  disarm(): void {
    this.#isDisarmed = true;
    this.#timer?.cancel();
    this.#settle?.();
  }

  /** The event loop has come round: from here on the rest of the time is watched. */
  watch(): void {
    if (this.#isDisarmed) return;
    const { timeoutMs, clock, startedAt, onTimeout } = this.#params;
    const restMs = Math.max(1, Math.ceil(timeoutMs - (clock.monotonic() - startedAt)));
    // What Cockatiel waits for in place of the call, whose value and errors are none of its business.
    const settled = new Promise<void>((resolve) => (this.#settle = resolve));
    policyFor(restMs)
      .execute(() => settled)
      .catch((error: unknown) => {
        if (error instanceof TaskCancelledError && !this.#isDisarmed) onTimeout();
      });
  }
}

/** What is to be watched when the event loop comes round, with one immediate for all of it. */
class NextTurn {
  #timeouts: AttemptTimeout[] = [];

  add(timeout: AttemptTimeout): void {
    if (this.#timeouts.push(timeout) === 1) setImmediate(() => this.#run());
  }

  #run(): void {
    const timeouts = this.#timeouts;
    this.#timeouts = [];
    for (const timeout of timeouts) timeout.watch();
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
