/** What we use of pg's client beyond its types. */
export interface PoolClient {
  query(text: string): Promise<{ readonly command: string }>;
  end(): Promise<void>;
  /** Absent in a native driver. */
  readonly connection?: { readonly stream: { destroy(): void } };
}

/**
 * Ends a client's session from this side, at once: nothing that is sent on it after this reaches the server, which rolls back what the session
 * has not committed. The pool it came from does not take it back.
 */
export function destroyClient(client: PoolClient): void {
  // Says goodbye where the line is free, which also tells the pool that it is over; then nothing is waited for.
  client.end().catch(() => undefined);
  client.connection?.stream.destroy();
}
