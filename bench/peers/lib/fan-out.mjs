/** How many parallel tasks a fan-out has. */
export const FAN_OUT = 1_000;

/** Counts down the tasks of each fan-out. */
export class FanOuts {
  #left = new Map();

  /** @returns whether that was the last task of this run */
  ended(run) {
    const left = (this.#left.get(run) ?? FAN_OUT) - 1;
    this.#left.set(run, left);
    return left === 0;
  }
}
