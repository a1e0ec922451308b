import { recordThrown } from './record-thrown';
import { ValueNotReadableError } from './task-errors';

/** An error as it is recorded: plain data that every store can hold, at most 64 KiB of JSON. */
export interface ErrorRecord {
  /** `NonError` when what was thrown has neither a name nor a message. */
  readonly name: string;
  readonly message: string;
  /** The stable code, as text. */
  readonly code?: string | undefined;
  readonly stack?: string | undefined;
  readonly cause?: ErrorRecord | undefined;
  /** Own enumerable properties that are primitive and do not look secret. */
  readonly data?: Readonly<Record<string, string | number | boolean | null>> | undefined;
  /** Of an `AggregateError`. */
  readonly errors?: readonly ErrorRecord[] | undefined;
}

/** The cap of a whole record, bytes of JSON. */
export const MAX_ERROR_RECORD_BYTES = 64 * 1024;

/**
 * The record of anything that was thrown. It never throws, whatever it is handed, and what it returns can always be stored:
 * long parts are cut, and say so; `\u0000` and lone surrogates are spelled out.
 *
 * It is an allow-list: name, message, code, stack, cause, errors, and own enumerable primitives whose names do not look
 * secret. Objects are left out, so an HTTP client's `config`, `request` and `response` never get into a record.
 */
export function toErrorRecord(thrown: unknown): ErrorRecord {
  return recordThrown(thrown, MAX_ERROR_RECORD_BYTES, true);
}

/** The same without stacks, which are made when they are first read: where sources are mapped, that takes longer than all the rest. */
export function toStacklessRecord(thrown: unknown): ErrorRecord {
  return recordThrown(thrown, MAX_ERROR_RECORD_BYTES, false);
}

/** As text for a jsonb column. */
export function encodeErrorRecord(record: ErrorRecord): string {
  return JSON.stringify(record);
}

/** @throws ValueNotReadableError when the text is no record of an error */
export function decodeErrorRecord(text: string): ErrorRecord {
  const record = parse(text);
  const { name, message } = (record ?? {}) as { readonly name?: unknown; readonly message?: unknown };
  if (typeof name === 'string' && typeof message === 'string') return record as ErrorRecord;
  throw new ValueNotReadableError('the text is not the record of an error');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ValueNotReadableError('the text is not JSON', { cause });
  }
}
