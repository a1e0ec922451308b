import type { Graphs, StoredGraph } from '../graphs';

/** Graphs of this process' flows. */
export class MemoryGraphs implements Graphs {
  readonly #graphs = new Map<string, StoredGraph>();

  async keep({ graphs }: { readonly graphs: readonly StoredGraph[] }): Promise<void> {
    for (const graph of graphs) if (!this.#graphs.has(graph.fingerprint)) this.#graphs.set(graph.fingerprint, graph);
  }

  async find({ fingerprints }: { readonly fingerprints: readonly string[] }): Promise<readonly StoredGraph[]> {
    return fingerprints.flatMap((fingerprint) => this.#graphs.get(fingerprint) ?? []);
  }
}
