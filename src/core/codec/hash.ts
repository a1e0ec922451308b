import { createHash } from 'node:crypto';

/**
 * The SHA-256 of encoded text, in hex. `encode` writes equal data as equal text, whatever the order in which its keys were set,
 * so equal inputs have equal hashes.
 */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
