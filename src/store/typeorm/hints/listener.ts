import type { Client } from 'pg';
import type { Clock, Timer } from '../../../core/clock';
import type { Listening } from '../../store-hint';

export interface ListenerOptions {
  readonly clock: Clock;
  readonly channel: string;
  /** A new client, not yet connected: of its own, never one of the pool's. */
  readonly newClient: () => Client;
  readonly onMessage: (payload: string) => void;
  /** Messages may have been missed until now. */
  readonly onGap: () => void;
  /** 0 to 1. */
  readonly random?: () => number;
  /** How often the connection is asked whether it still listens, ms. */
  readonly heartbeatMs?: number;
  /** How long an answer may take, ms. */
  readonly answerWithinMs?: number;
}

const FIRST_BACKOFF_MS = 200;
const MAX_BACKOFF_MS = 10_000;

/**
 * One connection that listens. It is asked at intervals whether it still does, because a connection whose other end is gone without
 * a word, or that a transaction pooler gave to somebody else, is silent for ever. When it is lost, it is opened anew with growing, jittered delays, and
 * whoever listens is told of the gap: at the first LISTEN too, since what was said before it was missed.
 */
export class Listener {
  readonly #options: Required<ListenerOptions>;
  #client: Client | undefined;
  #timer: Timer | undefined;
  #failures = 0;
  #state: Listening = 'off';

  constructor(options: ListenerOptions) {
    this.#options = { random: Math.random, heartbeatMs: 15_000, answerWithinMs: 5_000, ...options };
  }

  get state(): Listening {
    return this.#state;
  }

  /** Begins to listen, in the background: a server that cannot be reached is tried again. */
  start(): void {
    if (this.#state !== 'off') return;
    this.#state = 'lost';
    void this.#connect();
  }

  stop(): void {
    this.#state = 'off';
    this.#timer?.cancel();
    this.#drop();
  }

  async #connect(): Promise<void> {
    const { newClient, channel, onMessage } = this.#options;
    let client: Client | undefined;
    try {
      client = this.#client = newClient();
      const lost = (): void => this.#lost(client);
      client.on('error', lost).on('end', lost);
      client.on('notification', ({ payload }) => onMessage(payload ?? ''));
      await client.connect();
      await this.#ask(client, `SET application_name = 'typeflow listener'`);
      await this.#ask(client, `LISTEN "${channel.replaceAll('"', '""')}"`);
      await this.#assertListening(client);
    } catch {
      this.#lost(client);
      return;
    }
    if (this.#client !== client) return;
    this.#failures = 0;
    this.#state = 'on';
    this.#options.onGap();
    this.#scheduleHeartbeat(client);
  }

  #scheduleHeartbeat(client: Client): void {
    const { clock, heartbeatMs } = this.#options;
    this.#timer = clock.setTimer(heartbeatMs, () => void this.#beat(client), { background: true });
  }

  async #beat(client: Client): Promise<void> {
    try {
      await this.#assertListening(client);
    } catch {
      this.#lost(client);
      return;
    }
    if (this.#client === client) this.#scheduleHeartbeat(client);
  }

  /** A transaction pooler answers too, from a session that listens to nothing. */
  async #assertListening(client: Client): Promise<void> {
    const rows = await this.#ask(client, 'SELECT channel FROM pg_listening_channels() AS channel');
    if (!rows.some(({ channel }) => channel === this.#options.channel)) throw new Error('the session does not listen');
  }

  async #ask(client: Client, text: string): Promise<readonly { readonly channel?: string }[]> {
    // pg's own timeout of a query, which its types do not name.
    const query = { text, query_timeout: this.#options.answerWithinMs };
    return (await client.query<{ channel?: string }>(query)).rows;
  }

  #lost(client: Client | undefined): void {
    if (this.#client !== client || this.#state === 'off') return;
    this.#drop();
    this.#timer?.cancel();
    this.#state = 'lost';
    const whole = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(this.#failures++, 10));
    const delayMs = whole * (0.5 + this.#options.random() / 2);
    this.#timer = this.#options.clock.setTimer(delayMs, () => void this.#connect(), { background: true });
  }

  #drop(): void {
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) destroy(client);
  }
}

/** At once, without a goodbye that a dead connection would never answer. */
function destroy(client: Client): void {
  const { connection } = client as unknown as { readonly connection?: { readonly stream?: { destroy(): void } } };
  connection?.stream?.destroy();
}
