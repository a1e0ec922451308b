import type { IDefaultPolicyContext, IPolicy } from 'cockatiel';

/** Any Cockatiel policy: retry, breaker, bulkhead, fallback, timeout, or several wrapped. */
export type TaskPolicy = Pick<IPolicy<IDefaultPolicyContext, unknown>, 'execute'>;

/**
 * Calls `call` through a policy of the user's own, and stops with the attempt: Cockatiel 3 sits out a backoff that is
 * aborted and then calls once more, so the abort is raced against the policy and checked before each call. While a call is running
 * the call itself decides when it ends; only a policy that waits between calls is left behind.
 */
export function callThroughPolicy<T>(policy: TaskPolicy, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let callsRunning = 0;
    const giveUp = (): void => {
      if (callsRunning === 0) reject(signal.reason as Error);
    };
    const guarded = async (): Promise<T> => {
      signal.throwIfAborted();
      callsRunning++;
      try {
        return await call();
      } finally {
        callsRunning--;
      }
    };
    signal.addEventListener('abort', giveUp, { once: true });
    policy
      .execute(guarded, signal)
      .then((value) => resolve(value as T), reject)
      .finally(() => signal.removeEventListener('abort', giveUp));
  });
}
