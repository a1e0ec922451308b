const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The 12 bits behind the time, which number the ids of one millisecond. */
const COUNTER_LIMIT = 0x1000;

/**
 * Makes UUIDv7s (RFC 9562): 48 bits of time, a counter of 12 bits, 62 random bits. Ids of one generator sort in the order they
 * were made, also within a millisecond; ids of different processes sort by time.
 */
export class UuidV7Generator {
  #lastMs = -1;
  #counter = 0;

  /**
   * @param epochMs the instant, epoch milliseconds; an earlier one than the last counts as the last
   * @param random a UUIDv4, whose random tail is used (time and randomness come in from outside: this room has neither)
   */
  next(epochMs: number, random: string): string {
    if (epochMs > this.#lastMs) {
      this.#lastMs = epochMs;
      this.#counter = 0;
    } else if (++this.#counter === COUNTER_LIMIT) {
      this.#lastMs++;
      this.#counter = 0;
    }
    const time = this.#lastMs.toString(16).padStart(12, '0');
    const counter = this.#counter.toString(16).padStart(3, '0');
    // From the 19th character on, a UUIDv4 is variant and random bits: just what a UUIDv7 has there.
    return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}-${random.slice(19)}`;
  }
}

/**
 * A UUIDv8 that follows from what it is made of: the same parts give the same id, in any process and however often.
 *
 * @param hash of the parts, 32 hex digits or more
 */
export function uuidOf(hash: string): string {
  const variant = ((Number.parseInt(hash.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

/** Whether `text` is a UUID in the lower-case form that runs are stored under. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
