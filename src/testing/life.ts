import type { Clock, Timer } from '../core/clock';
import { isFinalNodeStatus } from '../core/statuses';
import type { NodeWrite, RecordParams } from '../store/record';
import type { Store } from '../store/store';
import type { Completion, TaskTransaction, Transactions } from '../store/transactions';
import { aroundCalls } from './around-calls';

/** When a life ends: right before, or right after, something is recorded. */
export type CrashSide = 'before' | 'after';

/** Asked of each record that says anything new: whether the process dies of it. */
export type Fate = (record: Pick<RecordParams, 'nodes' | 'run'>) => CrashSide | undefined;

export interface LifeParams {
  readonly store: Store;
  readonly clock: Clock;
  readonly fate: Fate;
  /** Called once, when it dies by its fate. */
  readonly onDeath: () => void;
  /** Called whenever something is asked of the store. */
  readonly onAsked: () => void;
}

/**
 * One life of the process under test: its own view of the store and of time, both of which end with it. What it asks after that is never
 * answered, and its timers do not fire, as if it had been killed.
 */
export class Life {
  readonly clock: Clock;
  readonly store: Store;
  readonly #death = new AbortController();
  readonly #timers = new Set<Timer>();

  readonly #onAsked: () => void;
  readonly #die: () => void;
  readonly #fate: Fate;

  constructor({ store, clock, fate, onDeath, onAsked }: LifeParams) {
    this.#onAsked = onAsked;
    this.clock = this.#clockOf(clock);
    const die = (): void => {
      if (this.hasEnded) return;
      this.end();
      onDeath();
    };
    this.#die = die;
    this.#fate = fate;
    const record: Store['record'] = (params) => this.#recorded(params, () => store.record(params));
    const { transactions } = store;
    const instead =
      transactions === undefined ? { record } : { record, transactions: this.#transactionsOf(transactions) };
    this.store = this.#gateOf(store, instead);
  }

  /** Records something, unless the process dies of it. */
  async #recorded<Answer>(news: Pick<RecordParams, 'nodes' | 'run'>, write: () => Promise<Answer>): Promise<Answer> {
    // What a dead process still tries is no record.
    if (this.hasEnded) return never();
    const side = isNews(news) ? this.#fate(news) : undefined;
    if (side === 'before') this.#die();
    if (this.hasEnded) return never();
    this.#onAsked();
    const answer = await write();
    if (side === 'after') this.#die();
    return this.hasEnded ? never() : answer;
  }

  /** The connections of a process that is killed are gone with it, and so is what was not committed. */
  #transactionsOf(transactions: Transactions): Transactions {
    return {
      limit: transactions.limit,
      begin: async (params) => {
        if (this.hasEnded) return never();
        this.#onAsked();
        const transaction = await transactions.begin(params);
        if (!this.hasEnded) return this.#transactionOf(transaction);
        transaction.destroy();
        return never();
      },
    };
  }

  #transactionOf(transaction: TaskTransaction): TaskTransaction {
    const onDeath = (): void => transaction.destroy();
    this.death.addEventListener('abort', onDeath, { once: true });
    const over = (): void => this.death.removeEventListener('abort', onDeath);
    return {
      manager: transaction.manager,
      run: (body) => transaction.run(body),
      isTransient: (error) => transaction.isTransient(error),
      complete: (completion) =>
        this.#recorded({ nodes: nodesOf(completion) }, () => transaction.complete(completion).finally(over)),
      rollback: () => transaction.rollback().finally(over),
      destroy: () => (over(), transaction.destroy()),
    };
  }

  get hasEnded(): boolean {
    return this.#death.signal.aborted;
  }

  /** Aborted at its end. */
  get death(): AbortSignal {
    return this.#death.signal;
  }

  end(): void {
    this.#death.abort();
    for (const timer of this.#timers) timer.cancel();
  }

  #clockOf(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      setTimer: (delayMs, callback, options) => {
        if (this.hasEnded) return { cancel: () => undefined };
        const timer = clock.setTimer(
          delayMs,
          () => {
            this.#timers.delete(timer);
            callback();
          },
          options,
        );
        this.#timers.add(timer);
        return {
          cancel: () => {
            this.#timers.delete(timer);
            timer.cancel();
          },
        };
      },
    };
  }

  /** The store, or a part of it, which no longer answers after the end. */
  #gateOf<Part extends object>(part: Part, instead: Partial<Part> = {}): Part {
    const around = {
      call: (make: () => unknown) => (this.hasEnded ? never() : this.#unlessEnded(this.#asked(make()))),
      partOf: (value: object) => this.#gateOf(value),
    };
    return aroundCalls(part, around, instead);
  }

  #asked(answer: unknown): unknown {
    this.#onAsked();
    return answer;
  }

  /** An answer that comes after the end is not heard either. */
  #unlessEnded(answer: unknown): unknown {
    return answer instanceof Promise ? answer.then((value: unknown) => (this.hasEnded ? never() : value)) : answer;
  }
}

/** A record that ends a call, parks it, or changes the run. */
function isNews({ nodes, run }: Pick<RecordParams, 'nodes' | 'run'>): boolean {
  return run !== undefined || nodes.some(isNewsOf);
}

/** That a node is being executed is no news: a crash there loses nothing. */
export function isNewsOf({ status }: NodeWrite): boolean {
  return isFinalNodeStatus(status) || status === 'WAITING';
}

function nodesOf(completion: Completion): NodeWrite[] {
  return completion.kind === 'node' ? [completion.node] : [];
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
