import { TooManyStreamsError } from '../../core/errors/request-errors';

/** The event streams that are open, for each client and together. */
export class EventStreams {
  readonly #limits: { readonly streams: number; readonly streamsPerClient: number };
  readonly #byClient = new Map<string, number>();
  #open = 0;

  constructor(limits: { readonly streams: number; readonly streamsPerClient: number }) {
    this.#limits = limits;
  }

  get open(): number {
    return this.#open;
  }

  /** Takes a place, which `leave` gives back. @throws TooManyStreamsError */
  enter(client: string): { leave(): void } {
    const { streams, streamsPerClient } = this.#limits;
    const own = this.#byClient.get(client) ?? 0;
    if (own >= streamsPerClient) throw new TooManyStreamsError(streamsPerClient, 'client');
    if (this.#open >= streams) throw new TooManyStreamsError(streams, 'service');
    this.#open += 1;
    this.#byClient.set(client, own + 1);
    let isIn = true;
    return {
      leave: () => {
        if (!isIn) return;
        isIn = false;
        this.#open -= 1;
        const left = (this.#byClient.get(client) ?? 1) - 1;
        if (left > 0) this.#byClient.set(client, left);
        else this.#byClient.delete(client);
      },
    };
  }
}
