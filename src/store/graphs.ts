/** The graphs of flows by their fingerprints, kept so that what changed can be told when code is gone: part of the `Store` port. */
export interface Graphs {
  /** What is kept already is not sent again. A graph that nobody has kept for a year may be forgotten. */
  keep(params: { readonly graphs: readonly StoredGraph[] }): Promise<void>;
  /** Those that are known. */
  find(params: { readonly fingerprints: readonly string[] }): Promise<readonly StoredGraph[]>;
}

/** A function of the fingerprint: whoever stores it first says it for all. */
export interface StoredGraph {
  readonly fingerprint: string;
  /** JSON text. */
  readonly outline: string;
}
