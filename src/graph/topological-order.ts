/** A cycle is reported in full up to this many names. */
const LONGEST_PATH = 20;
/** In a tangle every back edge closes a cycle of its own; the first few are enough to untangle it. */
const MAX_CYCLES = 10;

export interface Sorted<T> {
  /** Upstream before downstream, and the order of `nodes` where that leaves a choice. */
  readonly order: readonly T[];
  /** Cycles, each as its nodes in the order of dependence; at most ten. With any, `order` means nothing. */
  readonly cycles: readonly (readonly T[])[];
}

interface Frame<T> {
  readonly node: T;
  readonly upstream: Iterator<T>;
}

/**
 * Sorts a graph by depth-first search with a stack of its own: each edge is looked at once, and a chain may be as long as
 * memory allows.
 */
export function sortTopologically<T>(nodes: Iterable<T>, upstreamOf: (node: T) => Iterable<T>): Sorted<T> {
  const order: T[] = [];
  const cycles: T[][] = [];
  const status = new Map<T, 'open' | 'done'>();
  const stack: Frame<T>[] = [];
  const enter = (node: T): void => {
    status.set(node, 'open');
    stack.push({ node, upstream: upstreamOf(node)[Symbol.iterator]() });
  };
  for (const root of nodes) {
    if (!status.has(root)) enter(root);
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      const next = frame.upstream.next();
      if (next.done === true) {
        stack.pop();
        status.set(frame.node, 'done');
        order.push(frame.node);
      } else if (!status.has(next.value)) {
        enter(next.value);
      } else if (status.get(next.value) === 'open' && cycles.length < MAX_CYCLES) {
        cycles.push(stack.slice(stack.findIndex(({ node }) => node === next.value)).map(({ node }) => node));
      }
    }
  }
  return { order, cycles };
}

/** `a → b → a`; a long one is cut in the middle. */
export function describeCycle(names: readonly string[]): string {
  const first = names[0] as string;
  if (names.length <= LONGEST_PATH) return [...names, first].join(' → ');
  const left = names.length - LONGEST_PATH;
  return [...names.slice(0, LONGEST_PATH / 2), `… ${left} more …`, ...names.slice(-LONGEST_PATH / 2), first].join(
    ' → ',
  );
}
