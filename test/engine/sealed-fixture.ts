import { randomBytes } from 'node:crypto';
import { aesGcmPayloads } from '../../src';
import type { PayloadCodec } from '../../src';

/** A codec with a key of its own. */
export function testPayloads(): PayloadCodec {
  return aesGcmPayloads({ keys: [{ id: 'test', key: randomBytes(32) }] });
}
