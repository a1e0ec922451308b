import type { Clock } from '../../../core/clock';
import type { HintEmitter } from '../../hint-emitter';
import type { HintSender } from '../../store-hint';
import { encodeHints } from './payload';

export interface NotifierOptions {
  readonly clock: Clock;
  /** The subscribers in this process, who hear at once. */
  readonly local: HintEmitter;
  /** Names this process' messages. */
  readonly sender: string;
  /** Sends one NOTIFY outside any other transaction; absent where there are no other processes, or they are not told. */
  readonly send?: ((payload: string) => Promise<unknown>) | undefined;
}

/** A lone hint goes out at once; under load one message in this time carries all. NOTIFY serialises commits, so they must be few. */
const SPACING_MS = 5;

/** How long `close` waits for the last message. */
const CLOSE_WITHIN_MS = 1_000;

/**
 * Tells other processes what they need not wait for. One message is on its way at most; what is said meanwhile goes into the
 * next one, so that a thousand starts cost a few messages. A message that fails is forgotten: polling finds what it was about.
 */
export class Notifier implements HintSender {
  readonly #options: NotifierOptions;
  /** Workers of this process: what concerns only them need not travel. */
  readonly #ownWorkers = new Set<string>();
  #queues = new Set<string>();
  #workerIds = new Set<string>();
  #look = false;
  #sending: Promise<void> | undefined;
  #isClosing = false;
  #wake: (() => void) | undefined;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  work(queue: string): void {
    this.#options.local.work(queue);
    this.#queues.add(queue);
    this.#start();
  }

  attention(workerId: string): void {
    this.#options.local.attention(workerId);
    if (this.#ownWorkers.has(workerId)) return;
    this.#workerIds.add(workerId);
    this.#start();
  }

  look(): void {
    this.#options.local.look();
    this.#look = true;
    this.#start();
  }

  workerCame(workerId: string): void {
    this.#ownWorkers.add(workerId);
  }

  workerLeft(workerId: string): void {
    this.#ownWorkers.delete(workerId);
  }

  /** Sends what is left, within a second. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#wake?.();
    if (this.#sending === undefined) return;
    let cancel = (): void => undefined;
    const timeout = new Promise<void>((resolve) => {
      const timer = this.#options.clock.setTimer(CLOSE_WITHIN_MS, resolve);
      cancel = () => timer.cancel();
    });
    await Promise.race([this.#sending, timeout]);
    cancel();
  }

  #start(): void {
    const { send } = this.#options;
    if (send === undefined) return this.#take();
    this.#sending ??= this.#sendAll(send).finally(() => (this.#sending = undefined));
  }

  async #sendAll(send: (payload: string) => Promise<unknown>): Promise<void> {
    // One turn: what is said together travels together.
    await Promise.resolve();
    while (this.#queues.size > 0 || this.#workerIds.size > 0 || this.#look) {
      const payload = encodeHints(
        { queues: this.#queues, workerIds: this.#workerIds, look: this.#look },
        this.#options.sender,
      );
      this.#take();
      try {
        await send(payload);
      } catch {
        // A hint is not worth an error: the write that it is about stands, and the next poll finds it.
      }
      if (!this.#isClosing) await this.#pause();
    }
  }

  #take(): void {
    this.#queues = new Set();
    this.#workerIds = new Set();
    this.#look = false;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.setTimer(SPACING_MS, resolve, { background: true });
      this.#wake = () => (timer.cancel(), resolve());
    });
  }
}
