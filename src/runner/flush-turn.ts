// Taken once: tests with fake timers replace it, and the engine must go on under them.
const { nextTick } = process;

/**
 * Puts off work until everything that is settled by now has been told: tasks that end together, of one run or of many, are
 * then recorded together.
 */
export class FlushTurn {
  #actions: (() => void)[] = [];

  add(action: () => void): void {
    if (this.#actions.push(action) === 1) nextTick(() => this.#run());
  }

  #run(): void {
    const actions = this.#actions;
    this.#actions = [];
    for (const action of actions) action();
  }
}
