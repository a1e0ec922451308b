// Taken once: tests with fake timers replace them, and the engine must go on under them.
const { nextTick } = process;
const { setImmediate } = globalThis;

/** So often in one turn of the event loop: where the store answers within it, a large map would otherwise let nothing else of the process run until it is over. */
const MOST_IN_A_TURN = 20;

/**
 * Puts off work until everything that is settled by now has been told: tasks that end together, of one run or of many, are
 * then recorded together.
 */
export class FlushTurn {
  #actions: (() => void)[] = [];
  /** Runs in this turn of the event loop. */
  #runs = 0;

  add(action: () => void): void {
    if (this.#actions.push(action) > 1) return;
    if (this.#runs < MOST_IN_A_TURN) nextTick(this.#run);
    else setImmediate(this.#run);
  }

  readonly #run = (): void => {
    if (this.#runs++ === 0) setImmediate(() => (this.#runs = 0));
    const actions = this.#actions;
    this.#actions = [];
    for (const action of actions) action();
  };
}
