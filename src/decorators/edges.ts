import type { Edge, EdgeRule } from '../graph/edge';

/** An edge whose upstream the compiler knows. Made by `optional`, `settled`, `failed`, `each`, `all` and `allSettled`. */
export interface EdgeTo<Rule extends EdgeRule, Name extends string> extends Edge {
  readonly rule: Rule;
  readonly from: Name;
}

/** An entry of `dependsOn`: the name of a task, whose value is needed, or an edge with another rule. */
export type Dependency = string | Edge;

function edge<Rule extends EdgeRule, Name extends string>(rule: Rule, from: Name): EdgeTo<Rule, Name> {
  return Object.freeze({ rule, from });
}

/** Runs also when `name` was SKIPPED; the argument is then `undefined`. */
export function optional<const Name extends string>(name: Name): EdgeTo<'optional', Name> {
  return edge('optional', name);
}

/** Runs when `name` is over, however it ended; the argument is its `Outcome`. */
export function settled<const Name extends string>(name: Name): EdgeTo<'settled', Name> {
  return edge('settled', name);
}

/** Runs only when `name` FAILED, after all retries; the argument is its `TaskError`. This makes a task a handler. */
export function failed<const Name extends string>(name: Name): EdgeTo<'failed', Name> {
  return edge('failed', name);
}

/** How a task is mapped over the elements of another one. */
export interface EachOptions {
  /**
   * How many instances of one run may be begun and not over at a time, backoffs and waits included; the next begins when one is over, in
   * element order. Default: all of them, as far as workers have places, which is fastest and needs the most memory.
   */
  readonly maxConcurrency?: number | undefined;
}

/** Runs once for each element of the array that `name` returns; the argument is the element. This makes a task mapped. */
export function each<const Name extends string>(
  name: Name,
  { maxConcurrency }: EachOptions = {},
): EdgeTo<'each', Name> {
  const plain = edge('each', name);
  return maxConcurrency === undefined ? plain : Object.freeze({ ...plain, maxConcurrency });
}

/** The values of all instances of the mapped task `name`, in the order of the elements. */
export function all<const Name extends string>(name: Name): EdgeTo<'all', Name> {
  return edge('all', name);
}

/** The `Outcome`s of all instances of the mapped task `name`, as many as there were elements. */
export function allSettled<const Name extends string>(name: Name): EdgeTo<'allSettled', Name> {
  return edge('allSettled', name);
}
