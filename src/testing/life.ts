import type { Clock, Timer } from '../core/clock';
import { isFinalNodeStatus } from '../core/statuses';
import type { NodeWrite, RecordParams } from '../store/record';
import type { MemoryStore } from '../store/memory/memory-store';
import type { Store } from '../store/store';

/** When a life ends: right before, or right after, something is recorded. */
export type CrashSide = 'before' | 'after';

/** Asked of each record that says anything new: whether the process dies of it. */
export type Fate = (record: RecordParams) => CrashSide | undefined;

export interface LifeParams {
  readonly store: MemoryStore;
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

  constructor({ store, clock, fate, onDeath, onAsked }: LifeParams) {
    this.#onAsked = onAsked;
    this.clock = this.#clockOf(clock);
    const die = (): void => {
      if (this.hasEnded) return;
      this.end();
      onDeath();
    };
    const record: Store['record'] = async (params) => {
      // What a dead process still tries is no record.
      if (this.hasEnded) return never();
      const side = isNews(params) ? fate(params) : undefined;
      if (side === 'before') die();
      if (this.hasEnded) return never();
      onAsked();
      const answer = await store.record(params);
      if (side === 'after') die();
      return this.hasEnded ? never() : answer;
    };
    this.store = this.#gateOf(store, { record });
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
    const parts = new Map<unknown, object>();
    return new Proxy(part, {
      get: (_target, key) => {
        const own = instead[key as keyof Part];
        if (own !== undefined) return own;
        // The part itself as `this`: its private fields are its own.
        const value: unknown = Reflect.get(part, key, part);
        if (typeof value === 'function') {
          return (...args: unknown[]): unknown =>
            this.hasEnded ? never() : this.#unlessEnded(this.#asked(Reflect.apply(value, part, args)));
        }
        if (typeof value !== 'object' || value === null) return value;
        const known = parts.get(value) ?? this.#gateOf(value);
        parts.set(value, known);
        return known;
      },
    });
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
function isNews({ nodes, run }: RecordParams): boolean {
  return run !== undefined || nodes.some(isNewsOf);
}

/** That a node is being executed is no news: a crash there loses nothing. */
export function isNewsOf({ status }: NodeWrite): boolean {
  return isFinalNodeStatus(status) || status === 'WAITING';
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
