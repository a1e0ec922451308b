import { createCipheriv, createDecipheriv, createHmac, createSecretKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { ConfigurationError } from '../../core/errors/definition-error';
import { PayloadCodecError } from '../../core/errors/store-errors';
import type { PayloadCodec } from './payload-codec';

/** One key of `aesGcmPayloads`. */
export interface PayloadKey {
  /** Stored beside every value that the key seals, readable by all: 1 to 64 letters, digits, `_` and `-`. Never used for another key. */
  readonly id: string;
  /** 32 random bytes, or these as base64. */
  readonly key: Uint8Array | string;
}

export interface AesGcmOptions {
  /** The first one seals; all of them open. */
  readonly keys: readonly [PayloadKey, ...PayloadKey[]];
}

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const SEALED = /^([\w-]{1,64})\.([\w-]+)$/;
const KEY_ID = /^[\w-]{1,64}$/;

/**
 * Encrypts what is stored by AES-256-GCM, with a random IV for each value and its context authenticated: a value that was changed, or
 * belongs to another run, is refused.
 *
 * To change the key, give every process the new one as the last of `keys`; when all have it, as the first. An old key is needed as long as there are
 * values that it sealed.
 *
 * @example
 * const payloads = aesGcmPayloads({ keys: [{ id: '2026-11', key: process.env.PAYLOAD_KEY! }] }); // openssl rand -base64 32
 * @throws ConfigurationError for a key of another length, or an id that is bad or there twice
 */
export function aesGcmPayloads({ keys }: AesGcmOptions): PayloadCodec {
  const byId = new Map<string, KeyObject>();
  for (const { id, key } of keys) {
    if (!KEY_ID.test(id)) {
      throw new ConfigurationError(
        `payloads: the id of a key must be 1 to 64 letters, digits, _ and -, got ${JSON.stringify(id)}`,
      );
    }
    if (byId.has(id)) throw new ConfigurationError(`payloads: there are two keys with the id "${id}"`);
    byId.set(id, keyOf(id, key));
  }
  const [first] = [...byId];
  if (first === undefined) throw new ConfigurationError('payloads: aesGcmPayloads needs at least one key');
  const [sealingId, sealingKey] = first;
  return {
    keyring: [...byId].map(([id, key]) => `${id}:${checkOf(key)}`).join(','),
    seal: (text, context) => `${sealingId}.${encrypt(sealingKey, text, context)}`,
    open: (sealed, context) => {
      const [, id = '', body = ''] = SEALED.exec(sealed) ?? [];
      const key = byId.get(id);
      if (key !== undefined) return decrypt(id, key, body, context);
      if (id === '') throw new PayloadCodecError('opened', 'it was not sealed by aesGcmPayloads');
      const known = [...byId.keys()].map((one) => `"${one}"`).join(', ');
      throw new PayloadCodecError('opened', `it was sealed with key "${id}", and the keys here are ${known}`);
    },
  };
}

/** What is given is never quoted: it may be a key that was only copied badly. */
function keyOf(id: string, key: Uint8Array | string): KeyObject {
  const bytes = typeof key === 'string' ? Buffer.from(key, 'base64') : Buffer.from(key);
  if (bytes.byteLength === KEY_BYTES) return createSecretKey(bytes);
  throw new ConfigurationError(
    `payloads: key "${id}" must be ${KEY_BYTES} bytes, or these as base64; got ${bytes.byteLength} bytes`,
  );
}

/** Tells two keys with one id apart, and nothing about them: a few bits of what only the key gives. */
function checkOf(key: KeyObject): string {
  return createHmac('sha256', key).update('typeflow payloads').digest('hex').slice(0, 8);
}

function encrypt(key: KeyObject, text: string, context: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(context));
  const sealed = [iv, cipher.update(text, 'utf8'), cipher.final()];
  return Buffer.concat([...sealed, cipher.getAuthTag()]).toString('base64url');
}

function decrypt(id: string, key: KeyObject, body: string, context: string): string {
  const bytes = Buffer.from(body, 'base64url');
  try {
    const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    return decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch (cause) {
    const problem = `key "${id}" does not open it: that is another key here, or the value was changed, or moved from its place`;
    throw new PayloadCodecError('opened', problem, { cause });
  }
}
