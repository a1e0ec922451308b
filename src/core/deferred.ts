import type { WaitRequest } from './wait';

declare const awaited: unique symbol;

/**
 * A wait as a value: a task that returns one is WAITING, and completes with a `T` when what it waits for has happened. Its
 * dependents receive the `T`. It is made by the task's context (`ctx.sleep`, `ctx.waitFor`, …), does nothing until it is returned, and
 * is no promise: `await` hands it back as it is.
 */
export class Deferred<T> {
  declare readonly [awaited]: T;
  readonly #request: WaitRequest;

  /** @internal waits come from a task's context */
  constructor(request: WaitRequest) {
    this.#request = request;
  }

  /** @internal */
  static requestOf(deferred: Deferred<unknown>): WaitRequest {
    return deferred.#request;
  }
}
