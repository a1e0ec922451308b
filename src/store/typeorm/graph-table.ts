import type { Graphs, StoredGraph } from '../graphs';
import type { Send } from './dispatch-table';
import { encode } from './rows';
import { findGraphsSql, findKeptSql, keepGraphsSql } from './sql/graphs';

/** Graphs of flows, in table `graph`. */
export class GraphTable implements Graphs {
  readonly #send: Send;
  readonly #sql: { readonly findKept: string; readonly keep: string; readonly find: string };

  /** @param s the quoted schema */
  constructor(s: string, send: Send) {
    this.#send = send;
    this.#sql = { findKept: findKeptSql(s), keep: keepGraphsSql(s), find: findGraphsSql(s) };
  }

  async keep({ graphs }: { readonly graphs: readonly StoredGraph[] }): Promise<void> {
    if (graphs.length === 0) return;
    const fingerprints = graphs.map(({ fingerprint }) => fingerprint);
    const kept = await this.#send<{ fingerprint: string }>('keeping graphs', this.#sql.findKept, [fingerprints]);
    const known = new Set(kept.map(({ fingerprint }) => fingerprint));
    const missing = graphs.filter(({ fingerprint }) => !known.has(fingerprint));
    if (missing.length === 0) return;
    await this.#send('keeping graphs', this.#sql.keep, [
      missing.map(({ fingerprint }) => fingerprint),
      missing.map(({ outline }) => outline),
    ]);
  }

  async find({ fingerprints }: { readonly fingerprints: readonly string[] }): Promise<readonly StoredGraph[]> {
    if (fingerprints.length === 0) return [];
    const rows = await this.#send<{ fingerprint: string; outline: unknown }>('reading graphs', this.#sql.find, [
      fingerprints,
    ]);
    return rows.map(({ fingerprint, outline }) => ({ fingerprint, outline: encode(outline) }));
  }
}
