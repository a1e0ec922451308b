import { Duplex } from 'node:stream';

/** What the stream needs of PGlite. */
export interface WireBackend {
  /** Executes whole messages of the PostgreSQL protocol and returns the answer's bytes. */
  execProtocolRaw(messages: Uint8Array): Promise<Uint8Array>;
}

const SYNC = 'S'.charCodeAt(0);
const QUERY = 'Q'.charCodeAt(0);
const FLUSH = 'H'.charCodeAt(0);
const TERMINATE = 'X'.charCodeAt(0);
const READY_FOR_QUERY = 'Z'.charCodeAt(0);
const IDLE = 'I'.charCodeAt(0);

/**
 * Stands in for the socket of a `pg.Client`, and speaks the protocol with PGlite in this process. So both databases share one
 * driver, with its parsers of types, its errors and its transactions.
 *
 * Messages are collected up to the one that asks for an answer: after an error PostgreSQL skips everything up to the next Sync, so
 * a statement's messages must be executed together.
 */
export class WireStream extends Duplex {
  readonly #backend: WireBackend;
  #received: Buffer = Buffer.alloc(0);
  #isStarted = false;
  #isInTransaction = false;

  constructor(backend: WireBackend) {
    super();
    this.#backend = backend;
  }

  // The part of net.Socket that pg calls.
  connect(): this {
    setImmediate(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {
    // Answers are pushed as they come.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const { complete, terminates } = this.#takeComplete();
    if (terminates) {
      this.push(null);
      this.#rollBack().then(() => done(), done);
    } else if (complete.length === 0) {
      done();
    } else {
      this.#backend.execProtocolRaw(complete).then((answer) => this.#answer(answer, done), done);
    }
  }

  override _final(done: (error?: Error | null) => void): void {
    this.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#rollBack().then(
      () => done(error),
      (failure: Error) => done(error ?? failure),
    );
  }

  /** There is one session for all clients: what this one leaves open would be the next one's transaction. */
  async #rollBack(): Promise<void> {
    if (!this.#isInTransaction) return;
    this.#isInTransaction = false;
    await this.#backend.execProtocolRaw(simpleQuery('ROLLBACK'));
  }

  #answer(answer: Uint8Array, done: () => void): void {
    const bytes = Buffer.from(answer);
    // Every answer ends in ReadyForQuery, whose last byte tells the state of the transaction.
    if (bytes.length >= 6 && bytes[bytes.length - 6] === READY_FOR_QUERY) this.#isInTransaction = bytes.at(-1) !== IDLE;
    if (bytes.length > 0) this.push(bytes);
    done();
  }

  /** Cuts off everything up to the last message that asks for an answer. */
  #takeComplete(): { readonly complete: Buffer; readonly terminates: boolean } {
    const bytes = this.#received;
    let end = 0;
    let at = 0;
    while (at + 5 <= bytes.length) {
      // The first message has no type, only a length.
      const size = this.#isStarted ? 1 + bytes.readUInt32BE(at + 1) : bytes.readUInt32BE(at);
      if (at + size > bytes.length) break;
      const type = this.#isStarted ? bytes[at] : undefined;
      if (type === TERMINATE) return { complete: bytes.subarray(0, 0), terminates: true };
      at += size;
      this.#isStarted = true;
      if (type === undefined || type === SYNC || type === QUERY || type === FLUSH) end = at;
    }
    this.#received = bytes.subarray(end);
    return { complete: bytes.subarray(0, end), terminates: false };
  }
}

function simpleQuery(sql: string): Buffer {
  const text = Buffer.from(`${sql}\0`);
  const head = Buffer.alloc(5);
  head[0] = QUERY;
  head.writeUInt32BE(text.length + 4, 1);
  return Buffer.concat([head, text]);
}
