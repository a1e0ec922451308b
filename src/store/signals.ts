/**
 * Messages to runs: part of the `Store` port, with its promises. They wait for whoever wants them in the order in which they were
 * sent, each for one taker. Who takes one says so with the record of the node that it completes (`NodeWrite.signalId`), so that it is
 * taken if and only if that is recorded.
 */
export interface Signals {
  /** Keeps a signal, and raises the run's inbox (`wakeAt` too, when it is WAITING). */
  send(params: SendSignalParams): Promise<SentSignal>;
  /** The first signals of each name that nobody has taken yet, in the order in which they were sent; and the inbox at that moment. */
  find(params: FindSignalsParams): Promise<FoundSignals>;
}

export interface SendSignalParams {
  readonly runId: string;
  /** A new UUID: a statement that is sent again is known by it. */
  readonly id: string;
  readonly name: string;
  /** Encoded. */
  readonly payload: string;
  /** A second signal of the same run, name and key is no signal. */
  readonly key?: string | undefined;
}

export type SentSignal =
  /** `isNew` is false for the second one with a key. */
  { readonly kind: 'kept'; readonly isNew: boolean } | { readonly kind: 'final' | 'unknown' };

export interface FindSignalsParams {
  readonly runId: string;
  /** How many of each name, at most. */
  readonly names: readonly { readonly name: string; readonly limit: number }[];
}

export interface FoundSignals {
  /** A signal that is not among these, and not cut off by a limit, raises it further. */
  readonly inbox: number;
  readonly signals: readonly FoundSignal[];
}

export interface FoundSignal {
  readonly id: string;
  readonly name: string;
  /** Encoded. */
  readonly payload: string;
}
