/** Lets `runOne` wait for the handler that ends a run of this process. */
export class Endings {
  #waiting = new Map();

  /** Settles with what `end` is given for this run. */
  of(run) {
    return new Promise((resolve) => this.#waiting.set(run, resolve));
  }

  end(run, value) {
    this.#waiting.get(run)?.(value);
    this.#waiting.delete(run);
  }
}
