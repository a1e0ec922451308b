/** A fifth of what is claimed goes by age alone; what is left of a fifth counts for the next claim. */
export class AgeShare {
  #left = 0;

  /** How many of a claim of `limit` runs go by age. */
  of(limit: number): number {
    this.#left += limit / 5;
    const byAge = Math.min(limit, Math.floor(this.#left));
    this.#left -= byAge;
    return byAge;
  }
}
