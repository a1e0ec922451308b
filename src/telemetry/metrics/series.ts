import type { Labels } from './metric-catalogue';

/** The figures of one metric, one for each set of labels, in the order in which they came up. */
export class Series<Figure> {
  readonly #make: () => Figure;
  readonly #byKey = new Map<string, { readonly labels: Labels; readonly figure: Figure }>();

  /** @param make a figure that nothing was added to */
  constructor(make: () => Figure) {
    this.#make = make;
  }

  of(labels: Labels): Figure {
    const key = keyOf(labels);
    let known = this.#byKey.get(key);
    if (known === undefined) this.#byKey.set(key, (known = { labels, figure: this.#make() }));
    return known.figure;
  }

  *[Symbol.iterator](): Generator<readonly [Labels, Figure]> {
    for (const { labels, figure } of this.#byKey.values()) yield [labels, figure];
  }
}

function keyOf({ workflow, flow, kind, outcome, queue }: Labels): string {
  return JSON.stringify([workflow, flow, kind, outcome, queue]);
}
