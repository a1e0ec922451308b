import pg from 'pg';
import type { Client } from 'pg';
import type { Clock, Timer } from '../../../core/clock';

export interface ConnectionGuardOptions {
  readonly clock: Clock;
  /** How long a statement may go unanswered, ms. Longer than the server's own limit, whose error says more. */
  readonly silenceMs: number;
  /** The same for a client that `allowLong` was called with, ms. */
  readonly longSilenceMs: number;
}

/** What we use of pg beyond its types. */
interface Wired {
  readonly connection: {
    readonly stream: { destroy(error?: Error): void };
    on(event: 'readyForQuery', listener: () => void): void;
  };
}

interface Watched {
  /** Statements without an answer. */
  unanswered: number;
  waitingSince: number | undefined;
  heardAt: number;
}

const CHECK_EVERY_MS = 1_000;

/** Clients whose statements may take long: migrations. */
const patient = new WeakSet<object>();

/** Lets statements of this client take long until the returned function is called; one that nobody guards is not affected. */
export function allowLong(client: object): () => void {
  patient.add(client);
  return () => void patient.delete(client);
}

/**
 * Watches the connections of a pool. One whose other end is gone without a word stays silent for as long as the operating system
 * repeats its packets, which is a quarter of an hour and more; and the statements of everybody who is given it next wait in
 * line. So a connection that leaves a statement unanswered for too long is destroyed, and those that lay idle since before that
 * statement was sent go with it: they lead the same way, and each of them would cost the same time again.
 */
export class ConnectionGuard {
  /** What the pool is to make its connections of. */
  readonly clientClass: typeof pg.Client;
  readonly #options: ConnectionGuardOptions;
  readonly #watched = new Map<Client, Watched>();
  #timer: Timer | undefined;

  constructor(options: ConnectionGuardOptions) {
    this.#options = options;
    const sent = (client: Client): void => this.#sent(client);
    const watch = (client: Client): void => this.#watch(client);
    this.clientClass = class GuardedClient extends pg.Client {
      constructor(config?: string | pg.ClientConfig) {
        super(config);
        watch(this);
      }

      // Overloads of pg, all of which end here.
      override query(...args: unknown[]): never {
        sent(this);
        return (super.query as (...args: unknown[]) => never)(...args);
      }
    };
  }

  /** Destroys every connection that has said nothing since this instant (monotonic ms), waited for or idle. */
  distrust(since: number): void {
    for (const [client, { waitingSince, heardAt }] of this.#watched) {
      if (heardAt <= since && (waitingSince === undefined || waitingSince <= since)) destroy(client);
    }
  }

  /** For a pool that is being closed and does not come to its end. */
  destroyAll(): void {
    this.distrust(Infinity);
    this.#timer?.cancel();
  }

  #watch(client: Client): void {
    const { clock } = this.#options;
    const state: Watched = { unanswered: 0, waitingSince: undefined, heardAt: clock.monotonic() };
    this.#watched.set(client, state);
    // Once when the session begins, and then after each statement.
    wireOf(client).on('readyForQuery', () => {
      state.heardAt = clock.monotonic();
      state.unanswered = Math.max(0, state.unanswered - 1);
      state.waitingSince = state.unanswered > 0 ? state.heardAt : undefined;
    });
    client.on('end', () => this.#watched.delete(client));
  }

  #sent(client: Client): void {
    const state = this.#watched.get(client);
    if (state === undefined) return;
    state.unanswered++;
    state.waitingSince ??= this.#options.clock.monotonic();
    this.#timer ??= this.#options.clock.setTimer(CHECK_EVERY_MS, () => this.#check(), { background: true });
  }

  /** Once a second while there is something to wait for, instead of a timer for each statement. */
  #check(): void {
    this.#timer = undefined;
    const now = this.#options.clock.monotonic();
    let isWaiting = false;
    for (const [client, { waitingSince }] of this.#watched) {
      if (waitingSince === undefined) continue;
      const limitMs = patient.has(client) ? this.#options.longSilenceMs : this.#options.silenceMs;
      if (now - waitingSince >= limitMs) this.distrust(waitingSince);
      else isWaiting = true;
    }
    if (isWaiting)
      this.#timer = this.#options.clock.setTimer(CHECK_EVERY_MS, () => this.#check(), { background: true });
  }
}

function destroy(client: Client): void {
  wireOf(client).stream.destroy(new Error('Connection terminated: the database did not answer in time'));
}

function wireOf(client: Client): Wired['connection'] {
  return (client as unknown as Wired).connection;
}
