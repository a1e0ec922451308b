declare const awaited: unique symbol;

/**
 * A wait as a value: a task that returns one is WAITING, and completes with a `T` when what it waits for has happened. Its
 * dependents receive the `T`.
 */
export interface Deferred<T> {
  readonly [awaited]: T;
}
