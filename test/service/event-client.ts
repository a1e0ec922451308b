import { get } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';

/** One server-sent event. */
export interface SentEvent {
  readonly id: string | undefined;
  readonly event: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the tests say what they expect of it
  readonly data: any;
}

/** Reads a stream of server-sent events. */
export class EventClient {
  readonly status: number;
  readonly #answer: IncomingMessage;
  readonly #sent: ClientRequest;
  readonly events: SentEvent[] = [];
  /** Settles when the stream ends, or breaks. */
  readonly closed: Promise<void>;
  #text = '';
  #onEvent: () => void = () => undefined;

  private constructor(sent: ClientRequest, answer: IncomingMessage) {
    this.#sent = sent;
    this.#answer = answer;
    this.status = answer.statusCode ?? 0;
    answer.setEncoding('utf8').on('data', (chunk: string) => this.#take(chunk));
    this.closed = new Promise((resolve) => answer.once('close', resolve));
    answer.on('error', () => undefined);
  }

  static open(url: string, lastEventId?: string): Promise<EventClient> {
    return new Promise((resolve, reject) => {
      const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
      const sent = get(url, { agent: false, headers }, (answer) => resolve(new EventClient(sent, answer)));
      sent.once('error', reject);
    });
  }

  /** Once so many events have come, or the stream is over. */
  async until(count: number): Promise<readonly SentEvent[]> {
    let isClosed = false;
    void this.closed.then(() => {
      isClosed = true;
      this.#onEvent();
    });
    while (this.events.length < count && !isClosed) {
      await new Promise<void>((resolve) => (this.#onEvent = resolve));
    }
    return this.events;
  }

  /** Hangs up without a word. */
  async leave(): Promise<void> {
    this.#sent.destroy();
    this.#answer.destroy();
    await this.closed;
  }

  #take(chunk: string): void {
    this.#text += chunk;
    const frames = this.#text.split('\n\n');
    this.#text = frames.pop() ?? '';
    for (const frame of frames) {
      const fields = Object.fromEntries(
        frame
          .split('\n')
          .map((line) => line.split(/: (.*)/s))
          .filter(([name]) => name !== undefined && name !== '' && !name.startsWith(':')),
      ) as { readonly id?: string; readonly event?: string; readonly data?: string };
      if (fields.event === undefined) continue;
      this.events.push({ id: fields.id, event: fields.event, data: JSON.parse(fields.data ?? 'null') });
    }
    this.#onEvent();
  }
}
