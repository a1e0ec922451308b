/** A promise, whoever made it: that of another library, or of another realm (a test's sandbox), is no instance of `Promise` here. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function';
}
