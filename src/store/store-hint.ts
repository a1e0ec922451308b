/**
 * What one process tells the others so that they need not wait for their next poll. Hints may be lost, doubled or late, and
 * nothing relies on them: whoever hears one looks, and what it finds in the store is the truth.
 *
 * - `work`: these queues have something that can be claimed
 * - `attention`: something changed for runs that these workers own (a cancel, a result from elsewhere)
 * - `look`: anything may have changed: hints were missed, or were too many to be named
 */
export type StoreHint =
  | { readonly kind: 'work'; readonly queues: readonly string[] }
  | { readonly kind: 'attention'; readonly workerIds: readonly string[] }
  | { readonly kind: 'look' };

export type HintListener = (hint: StoreHint) => void;

/** Whether hints of other processes arrive. `off`: nobody subscribed, or listening is turned off; `lost`: at present not. */
export type Listening = 'on' | 'lost' | 'off';

/** How a store's own verbs say what others should know. Never fails, never waits. */
export interface HintSender {
  /** This queue has something that can be claimed. */
  work(queue: string): void;
  /** Something changed for a run that this worker owns. */
  attention(workerId: string): void;
  /** Something changed, and nobody knows for whom. */
  look(): void;
}
