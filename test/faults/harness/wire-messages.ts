/** A message of PostgreSQL's protocol: its type, or `startup` for the first one of a client, which has none; and its body. */
export interface WireMessage {
  readonly type: string;
  readonly body: Buffer;
}

/** Whether a client sends this to log in: its first message, or an answer to the server's demand for a password. */
export function isOfLogin({ type }: WireMessage): boolean {
  return type === 'startup' || type === 'p';
}

/** Cuts a stream of bytes into messages, however the network cut it. */
export class MessageReader {
  #rest: Buffer = Buffer.alloc(0);
  #isStarted: boolean;

  /** @param side a client's first message has no type byte */
  constructor(side: 'client' | 'server') {
    this.#isStarted = side === 'server';
  }

  /** The messages that are complete now. */
  read(chunk: Buffer): WireMessage[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const messages: WireMessage[] = [];
    let at = 0;
    for (;;) {
      const header = this.#isStarted ? 1 : 0;
      if (this.#rest.length < at + header + 4) break;
      const end = at + header + this.#rest.readInt32BE(at + header);
      if (this.#rest.length < end) break;
      const type = this.#isStarted ? String.fromCharCode(this.#rest[at] ?? 0) : 'startup';
      messages.push({ type, body: this.#rest.subarray(at + header + 4, end) });
      this.#isStarted = true;
      at = end;
    }
    this.#rest = this.#rest.subarray(at);
    return messages;
  }
}

/** The text of the statements that a client asks to execute; prepared ones are remembered by their name. */
export class StatementReader {
  readonly #prepared = new Map<string, string>();
  #bound = '';

  /** What a message makes the server execute, or `undefined`. */
  read({ type, body }: WireMessage): string | undefined {
    const strings = body.toString('latin1').split('\0');
    const [first = '', second = ''] = strings;
    if (type === 'P') this.#prepared.set(first, second);
    else if (type === 'B') this.#bound = this.#prepared.get(second) ?? '';
    else if (type === 'E') return this.#bound;
    else if (type === 'Q') return first;
    return undefined;
  }
}
