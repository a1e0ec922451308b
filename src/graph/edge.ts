/**
 * The rule of an edge: what the upstream node must be for the edge to be met, and what value it hands on.
 *
 * | rule | written | met when the upstream is | hands on |
 * | --- | --- | --- | --- |
 * | `completed` | `'u'` | COMPLETED | its value |
 * | `optional` | `optional('u')` | COMPLETED or SKIPPED | its value, or `undefined` |
 * | `settled` | `settled('u')` | COMPLETED, FAILED or SKIPPED | an `Outcome` |
 * | `failed` | `failed('u')` | FAILED | the `TaskError` |
 * | `each` | `each('u')` | COMPLETED, an array | one element to each instance |
 * | `all` | `all('u')` | COMPLETED, and mapped | the array of values |
 * | `allSettled` | `allSettled('u')` | final and not CANCELLED, and mapped | the array of `Outcome`s |
 */
export type EdgeRule = 'completed' | 'optional' | 'settled' | 'failed' | 'each' | 'all' | 'allSettled';

/** One entry of `dependsOn`, as data: the upstream's name and the rule. */
export interface Edge {
  readonly rule: EdgeRule;
  readonly from: string;
  /** Of an `each` edge: how many instances may be begun and not over at a time. Absent: all of them. */
  readonly maxConcurrency?: number | undefined;
}

/** How an edge is written in `dependsOn`, for messages: `'pay'`, `optional('pay')`. */
export function describeEdge(edge: Edge): string {
  return edge.rule === 'completed' ? `'${edge.from}'` : `${edge.rule}('${edge.from}')`;
}
