const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * A UUIDv7 (RFC 9562): 48 bits of time, then random bits, so that ids made later sort later.
 *
 * @param epochMs the instant, epoch milliseconds
 * @param random at least 10 random bytes (time and randomness come in from outside: this room has neither)
 */
export function uuidv7(epochMs: number, random: Uint8Array): string {
  const high = Math.floor(epochMs / 0x1_0000);
  const low = epochMs % 0x1_0000;
  const byte = (i: number): string => HEX[random[i] ?? 0] as string;
  const versioned = HEX[0x70 | ((random[0] ?? 0) & 0x0f)] as string;
  const variant = HEX[0x80 | ((random[2] ?? 0) & 0x3f)] as string;
  return (
    `${high.toString(16).padStart(8, '0')}-${low.toString(16).padStart(4, '0')}-` +
    `${versioned}${byte(1)}-${variant}${byte(3)}-${byte(4)}${byte(5)}${byte(6)}${byte(7)}${byte(8)}${byte(9)}`
  );
}

/** Whether `text` is a UUID in the lower-case form that runs are stored under. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
