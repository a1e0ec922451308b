import { ArgumentError } from '../core/errors/definition-error';
import type { CallDesk } from './call-desk';
import { hintWhile } from './standstill';
import type { TestWorld } from './test-world';
import type { VirtualClock } from './virtual-clock';

/** So many moves of time without a call: then somebody should ask whether anything can happen at all. */
const QUIET_MOVES = 50;

/** So many, and nothing will. */
const HOPELESS_MOVES = 200_000;

export interface TimeMachineParams {
  readonly clock: VirtualClock;
  readonly world: TestWorld;
  readonly desk: CallDesk;
  /** Why no run will ever go on by itself; `undefined` while one may. */
  readonly whyStuck: () => Promise<string | undefined>;
  /** Resolves when there is a process under test. */
  readonly settled: () => Promise<void>;
}

/**
 * Moves virtual time from one instant at which something is due to the next.
 *
 * Before time moves, everything that can happen now does: settled promises are told, and the worker polls, so that the instant at which
 * the next run is due stands among the clock's timers. Moves are made one at a time, whoever asks for them.
 */
export class TimeMachine {
  readonly #params: TimeMachineParams;
  #last: Promise<unknown> = Promise.resolve();

  constructor(params: TimeMachineParams) {
    this.#params = params;
  }

  /** Lets `ms` pass, and fires what falls due on the way. Calls that are under way are not waited for. */
  async advance(ms: number): Promise<void> {
    const { clock } = this.#params;
    const until = clock.now() + ms;
    while (await this.#alone(async () => (await this.#rest(), this.#move(until))));
    await this.#alone(async () => {
      await this.#moveTo(until);
      await this.#rest();
    });
  }

  /**
   * Skips time until `isDone`. While a method is being called time stands still: it may be waiting for something real.
   *
   * @throws ArgumentError when nothing can happen any more
   */
  async skipUntil(isDone: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const { desk } = this.#params;
    let quiet = 0;
    let isFirst = true;
    for (let count = desk.count; ; quiet = desk.count === count ? quiet + 1 : 0, count = desk.count) {
      // Rest and move are one step: what somebody else's move brings up must be known before time moves on.
      const step = await this.#alone(() => this.#step(isDone, isFirst, quiet));
      isFirst = false;
      if (step === 'done') return;
      if (step === 'calling') await hintWhile(desk.nextEnd(), () => desk.openCalls);
      if (typeof step === 'object')
        throw new ArgumentError(`waiting for ${what}, but no run can go on by itself: ${step.stuck}`);
    }
  }

  async #step(
    isDone: () => boolean | Promise<boolean>,
    isFirst: boolean,
    quiet: number,
  ): Promise<'done' | 'calling' | 'moved' | { readonly stuck: string }> {
    // What the caller did before may still be on its way; after a move of ours, all of it is over.
    await this.#rest(!isFirst && this.#params.clock.isSettled);
    if (await isDone()) return 'done';
    if (this.#params.desk.hasOpenCalls) return 'calling';
    if (quiet >= HOPELESS_MOVES) return { stuck: `no task was called in ${HOPELESS_MOVES} moves of time` };
    const stuck = quiet % QUIET_MOVES === QUIET_MOVES - 1 ? await this.#whyStuck() : undefined;
    return stuck === undefined ? this.#moveOn() : { stuck };
  }

  async #moveOn(): Promise<'moved'> {
    await this.#move(Infinity);
    return 'moved';
  }

  /** What comes in while it is being looked, such as a signal, is no standstill. */
  async #whyStuck(): Promise<string | undefined> {
    const { desk, whyStuck } = this.#params;
    const calls = desk.count;
    const before = await whyStuck();
    await this.#rest();
    return before !== undefined && desk.count === calls ? whyStuck() : undefined;
  }

  /** From rest to the next instant at which something is due, at most `until`; `false` when there is none. */
  async #move(until: number): Promise<boolean> {
    const { clock } = this.#params;
    if (clock.nextAt > until || clock.nextAt === Infinity) return false;
    await this.#moveTo(clock.nextAt);
    await clock.fire();
    return true;
  }

  async #moveTo(instant: number): Promise<void> {
    const { clock, world } = this.#params;
    clock.moveTo(instant);
    await world.moved(clock.now());
  }

  /** Everything that can happen at this instant. */
  async #rest(isSettled = false): Promise<void> {
    const { clock, world, settled } = this.#params;
    if (!isSettled) await clock.fireDue();
    await settled();
    world.look();
    await clock.fireDue();
  }

  #alone<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#last.then(action);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
