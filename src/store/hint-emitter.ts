import type { HintListener, HintSender, StoreHint } from './store-hint';

/** Hands hints to the subscribers in this process. */
export class HintEmitter implements HintSender {
  readonly #listeners = new Set<HintListener>();

  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  /** Returns the way to stop; every call is a subscription of its own. */
  subscribe(listener: HintListener): () => void {
    const own: HintListener = (hint) => listener(hint);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  emit(hint: StoreHint): void {
    for (const listener of [...this.#listeners]) listener(hint);
  }

  work(queue: string): void {
    this.emit({ kind: 'work', queues: [queue] });
  }

  attention(workerId: string): void {
    this.emit({ kind: 'attention', workerIds: [workerId] });
  }

  look(): void {
    this.emit({ kind: 'look' });
  }
}
