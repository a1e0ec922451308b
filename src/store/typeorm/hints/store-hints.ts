import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { Clock } from '../../../core/clock';
import { HintEmitter } from '../../hint-emitter';
import type { HintListener, HintSender, Listening } from '../../store-hint';
import type { Connection } from '../connections/connection';
import { Listener } from './listener';
import { Notifier } from './notifier';
import { channelOf, decodeHints, encodeHints } from './payload';

export interface StoreHintsOptions {
  readonly clock: Clock;
  readonly schema: string;
  /** Whether a connection of its own listens while somebody is subscribed. */
  readonly listen: boolean;
  /** Whether other processes are told. */
  readonly notify: boolean;
}

const NOTIFY = 'SELECT pg_notify($1, $2)';

/**
 * In a transaction of its own a hint need not outlive a crash of the server, so its commit waits for no disk; and the lock that lets
 * notifying commits through one at a time is held all the shorter.
 */
const NOTIFY_ALONE = `SELECT pg_notify($1, $2) FROM set_config('synchronous_commit', 'off', true)`;

/** The hints of one store: from its own verbs to this process and to others, and from others to this process. */
export class StoreHints {
  readonly #local = new HintEmitter();
  readonly #notifier: Notifier;
  readonly #listener: Listener | undefined;
  readonly #channel: string;
  readonly #isTelling: boolean;

  constructor(connection: Connection, { clock, schema, listen, notify }: StoreHintsOptions) {
    const sender = randomUUID().slice(0, 8);
    this.#channel = channelOf(schema);
    this.#isTelling = notify && connection.kind === 'postgres';
    this.#notifier = new Notifier({
      clock,
      local: this.#local,
      sender,
      send: this.#isTelling
        ? (payload) => connection.dataSource.query(NOTIFY_ALONE, [this.#channel, payload])
        : undefined,
    });
    const { newClient } = connection;
    if (!listen || newClient === undefined) return;
    this.#listener = new Listener({
      clock,
      channel: this.#channel,
      newClient,
      onMessage: (payload) => {
        for (const hint of decodeHints(payload, sender)) this.#local.emit(hint);
      },
      onGap: () => this.#local.look(),
    });
  }

  /** Where the store's verbs say what changed. */
  get tell(): HintSender {
    return this.#notifier;
  }

  /** Workers of this process hear each other without a message. */
  get ownWorkers(): Pick<Notifier, 'workerCame' | 'workerLeft'> {
    return this.#notifier;
  }

  get listening(): Listening {
    return this.#listener?.state ?? 'off';
  }

  /** The first subscriber opens the listening connection, and the last one closes it. */
  subscribe(listener: HintListener): () => void {
    const leave = this.#local.subscribe(listener);
    this.#listener?.start();
    return () => {
      leave();
      if (!this.#local.isHeard) this.#listener?.stop();
    };
  }

  /** Tells everybody, this process too, once the caller's transaction has committed. */
  async workWithin(manager: EntityManager, queue: string): Promise<void> {
    if (!this.#isTelling) return;
    // The same text for all runs of a queue: within one transaction PostgreSQL sends equal messages once.
    const payload = encodeHints({ queues: new Set([queue]), workerIds: new Set(), look: false }, undefined);
    await manager.query(NOTIFY, [this.#channel, payload]);
  }

  async close(): Promise<void> {
    this.#listener?.stop();
    await this.#notifier.close();
  }
}
