import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { MessageReader, StatementReader, isOfLogin } from './wire-messages';

/**
 * How bytes pass, both ways:
 *
 * - `pass`: at once
 * - `delay`: after `delayMs`
 * - `hold`: what the client sends is kept until another mode is chosen, and then delivered; a new connection may still log in, so that
 *   a statement which needs one is held rather than never sent
 * - `blackhole`: sockets stay open, bytes are dropped
 */
export type ProxyMode = 'pass' | 'delay' | 'hold' | 'blackhole';

/** Which statements a cut waits for, by their text. */
export type StatementKind = 'record' | 'create' | 'poll' | 'commit' | 'write';

const KINDS: Readonly<Record<StatementKind, RegExp>> = {
  record: /INSERT INTO \S*\.node\b/,
  create: /INSERT INTO \S*\.run\b/,
  poll: /UPDATE \S*\.worker SET lease_until/,
  commit: /^COMMIT\b/,
  write: /\b(INSERT INTO|UPDATE|DELETE FROM|COMMIT)\b/,
};

/** A TCP proxy in front of PostgreSQL, which knows as much of the protocol as its faults need. */
export class Proxy {
  readonly #server: Server;
  readonly #target: URL;
  readonly #links = new Set<Link>();
  readonly #cuts: { readonly kind: StatementKind; readonly fired: () => void }[] = [];
  mode: ProxyMode = 'pass';
  delayMs = 0;
  /** Connections that were ended by `reset`, cuts not included. */
  resets = 0;
  /** Answers that were withheld although their statement had been committed. */
  cuts = 0;
  /** Statements that record, and that came to the server only after they had been held back. */
  lateRecords = 0;
  /** Statements of any kind that came by. */
  statements = 0;
  /** Chunks that a blackhole has dropped. */
  swallowed = 0;

  private constructor(target: URL) {
    this.#target = target;
    this.#server = createServer((client) => this.#link(client));
  }

  static async to(url: string): Promise<Proxy> {
    const proxy = new Proxy(new URL(url));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** The URL of the database, by way of this proxy. */
  get url(): string {
    const url = new URL(this.#target);
    url.hostname = '127.0.0.1';
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  /** Statements that record and are being held back. */
  get heldRecords(): number {
    return [...this.#links].reduce((sum, link) => sum + link.heldRecords, 0);
  }

  /** Chooses how bytes pass from now on; what was held is delivered. */
  set(mode: ProxyMode, delayMs = 0): void {
    this.mode = mode;
    this.delayMs = delayMs;
    if (mode !== 'hold') for (const link of this.#links) link.deliver();
  }

  /** Ends every connection with RST. */
  reset(): void {
    for (const link of this.#links) {
      this.resets++;
      link.cut();
    }
  }

  /**
   * The next statement of this kind is committed, and its connection ended instead of the answer. Resolves when that has happened.
   *
   * @param afterwards how bytes pass from that very moment on, if otherwise than before
   */
  cutAfterCommit(kind: StatementKind, afterwards?: ProxyMode): Promise<void> {
    return new Promise((resolve) => {
      const fired = (): void => {
        if (afterwards !== undefined) this.set(afterwards);
        resolve();
      };
      this.#cuts.push({ kind, fired });
    });
  }

  /** Whether somebody waits to cut the answer of this statement; then it is this one's. */
  takeCut(text: string): (() => void) | undefined {
    const found = this.#cuts.findIndex(({ kind }) => KINDS[kind].test(text));
    return found < 0 ? undefined : this.#cuts.splice(found, 1)[0]?.fired;
  }

  /** The statement did not commit: whoever waits goes on waiting. */
  returnCut(kindOfText: string, fired: () => void): void {
    const kind = (Object.keys(KINDS) as StatementKind[]).find((one) => KINDS[one].test(kindOfText)) ?? 'write';
    this.#cuts.unshift({ kind, fired });
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const link of this.#links) link.cut();
    await closed;
  }

  #link(client: Socket): void {
    const server = connect(Number(this.#target.port), this.#target.hostname);
    const link = new Link(this, client, server, () => this.#links.delete(link));
    this.#links.add(link);
  }
}

export function isRecord(text: string): boolean {
  return KINDS.record.test(text);
}

interface PendingCut {
  readonly text: string;
  readonly fired: () => void;
  readonly answer: Buffer[];
}

/** One connection. */
class Link {
  readonly #proxy: Proxy;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #fromClient = new MessageReader('client');
  readonly #fromServer = new MessageReader('server');
  readonly #statements = new StatementReader();
  #held: Buffer[] = [];
  heldRecords = 0;
  /** What the statement under way is in for, and its answer so far. */
  #cut: PendingCut | undefined;

  constructor(proxy: Proxy, client: Socket, server: Socket, onEnd: () => void) {
    this.#proxy = proxy;
    this.#client = client;
    this.#server = server;
    client.setNoDelay(true);
    server.setNoDelay(true);
    client.on('data', (chunk: Buffer) => this.#onClient(chunk));
    server.on('data', (chunk: Buffer) => this.#onServer(chunk));
    for (const socket of [client, server]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        onEnd();
        client.destroy();
        server.destroy();
      });
    }
  }

  /** Delivers what was held back. */
  deliver(): void {
    this.#proxy.lateRecords += this.heldRecords;
    this.heldRecords = 0;
    for (const chunk of this.#held.splice(0)) this.#server.write(chunk);
  }

  cut(): void {
    this.#client.resetAndDestroy();
    this.#server.destroy();
  }

  #onClient(chunk: Buffer): void {
    const { mode, delayMs } = this.#proxy;
    if (mode === 'blackhole') {
      this.#proxy.swallowed++;
      return;
    }
    const messages = this.#fromClient.read(chunk);
    for (const message of messages) {
      const text = this.#statements.read(message);
      if (text !== undefined) this.#onStatement(text, mode);
    }
    const isLogin = messages.length > 0 && messages.every(isOfLogin);
    if (mode === 'hold' && !isLogin) this.#held.push(chunk);
    else if (mode === 'delay') setTimeout(() => this.#server.write(chunk), delayMs);
    else this.#server.write(chunk);
  }

  #onStatement(text: string, mode: ProxyMode): void {
    this.#proxy.statements++;
    if (mode === 'hold' && isRecord(text)) this.heldRecords++;
    if (this.#cut !== undefined) return;
    const fired = this.#proxy.takeCut(text);
    if (fired !== undefined) this.#cut = { text, fired, answer: [] };
  }

  #onServer(chunk: Buffer): void {
    const { mode, delayMs } = this.#proxy;
    if (mode === 'blackhole') {
      this.#proxy.swallowed++;
      return;
    }
    const types = this.#fromServer.read(chunk).map(({ type }) => type);
    if (this.#cut !== undefined) this.#withhold(this.#cut, chunk, types);
    else if (mode === 'delay') setTimeout(() => this.#client.write(chunk), delayMs);
    else this.#client.write(chunk);
  }

  /** CommandComplete and ReadyForQuery have come: it is committed. After an error it is not, and the client shall hear of it. */
  #withhold({ text, fired, answer }: PendingCut, chunk: Buffer, types: readonly string[]): void {
    answer.push(chunk);
    if (types.includes('E')) {
      this.#cut = undefined;
      this.#proxy.returnCut(text, fired);
      for (const part of answer) this.#client.write(part);
    } else if (types.includes('Z')) {
      this.#cut = undefined;
      this.#proxy.cuts++;
      this.cut();
      fired();
    }
  }
}
