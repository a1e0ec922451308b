import { createHash } from 'node:crypto';
import type { StoreHint } from '../../store-hint';

/** PostgreSQL's limit of a payload is 8,000 bytes, the closing zero included. */
const MAX_BYTES = 7_999;

/** PostgreSQL's limit of a channel's name. */
const MAX_CHANNEL_BYTES = 63;

/** Hints that travel together. */
export interface HintBatch {
  readonly queues: ReadonlySet<string>;
  readonly workerIds: ReadonlySet<string>;
  readonly look: boolean;
}

/** On the wire. Short names, because every byte is copied to every listener. */
interface Payload {
  /** Who sent it, so that a sender can leave out what it says itself. Absent when it should hear it, too. */
  readonly s?: string;
  readonly q?: readonly string[];
  readonly w?: readonly string[];
}

/** One channel for each schema: notifications go to a whole database. */
export function channelOf(schema: string): string {
  const name = `typeflow_${schema}`;
  if (Buffer.byteLength(name) <= MAX_CHANNEL_BYTES) return name;
  return `typeflow_${createHash('sha256').update(schema).digest('hex').slice(0, 40)}`;
}

/** What cannot be said within the limit becomes a `look`. */
export function encodeHints({ queues, workerIds, look }: HintBatch, sender: string | undefined): string {
  const from = sender === undefined ? {} : { s: sender };
  const named: Payload = {
    ...from,
    ...(queues.size > 0 && { q: [...queues] }),
    ...(workerIds.size > 0 && { w: [...workerIds] }),
  };
  const text = JSON.stringify(named);
  return look || Buffer.byteLength(text) > MAX_BYTES ? JSON.stringify(from) : text;
}

/** What a payload says to everybody but `self`. One that names nothing, or that no version we know has written, says "look". */
export function decodeHints(text: string, self: string): readonly StoreHint[] {
  const payload = parse(text);
  if (payload === undefined) return [{ kind: 'look' }];
  if (payload.s === self) return [];
  const queues = textsOf(payload.q);
  const workerIds = textsOf(payload.w);
  if (queues.length === 0 && workerIds.length === 0) return [{ kind: 'look' }];
  return [
    ...(queues.length > 0 ? [{ kind: 'work', queues } as const] : []),
    ...(workerIds.length > 0 ? [{ kind: 'attention', workerIds } as const] : []),
  ];
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
