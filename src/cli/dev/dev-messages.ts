/** What the process of the application tells the one that watches. */
export type FromChild = {
  readonly kind: 'ready';
  readonly url: string;
  readonly store: string;
  readonly workflows: readonly string[];
  readonly folders: readonly string[];
};

/** What it is told. */
export type ToChild = { readonly kind: 'close' };
