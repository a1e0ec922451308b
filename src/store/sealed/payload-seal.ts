import { isSealedText, readSealed, SEALED_TEXT, sealedJson } from '../../core/codec/sealed';
import { PayloadCodecError } from '../../core/errors/store-errors';
import type { FailureRecord } from '../../core/errors/failure-record';
import { payloadsToken } from '../payloads-token';
import type { PayloadCodec } from './payload-codec';

/** Errors are copied between runs and kept over retries: they belong to no place. */
const OF_ERROR = 'error';

/** A payload codec, applied to the forms in which the store port has values. What is sealed already stays as it is. */
export class PayloadSeal {
  /** What a run remembers of workers that could not open it. */
  readonly token: string;
  readonly #codec: PayloadCodec;

  constructor(codec: PayloadCodec) {
    this.#codec = codec;
    this.token = payloadsToken(codec.keyring ?? '');
  }

  /** JSON of a value. @throws PayloadCodecError */
  value(text: string, context: string): string {
    const isArray = text.startsWith('[');
    const known = readSealed(text);
    return sealedJson({ sealed: known?.sealed ?? this.#seal(text, context) }, isArray);
  }

  /** Free text. @throws PayloadCodecError */
  text(text: string, context: string): string {
    return isMarked(text) ? text : `${SEALED_TEXT}${this.#seal(text, context)}`;
  }

  /** JSON of an error's record: what it is called, and whose it is, stays readable. @throws PayloadCodecError */
  failure(text: string): string {
    return JSON.stringify(this.#failure(JSON.parse(text) as FailureRecord, text));
  }

  /** JSON of an array of them. @throws PayloadCodecError */
  failures(text: string): string {
    const records = JSON.parse(text) as readonly FailureRecord[];
    return JSON.stringify(records.map((record) => this.#failure(record, JSON.stringify(record))));
  }

  /** The message of an attempt's error. @throws PayloadCodecError */
  message(message: string): string {
    return this.text(message, OF_ERROR);
  }

  /** Opens one thing after the other, and remembers what could not be opened. */
  opening(): PayloadOpening {
    return new PayloadOpening(this.#codec);
  }

  #failure(record: FailureRecord, text: string): FailureRecord {
    if (isMarked(record.message)) return record;
    const { name, code, task, index, attempts } = record;
    return { name, code, task, index, attempts, message: this.text(text, OF_ERROR) };
  }

  #seal(text: string, context: string): string {
    let sealed: unknown;
    try {
      sealed = this.#codec.seal(text, context);
    } catch (cause) {
      throw cause instanceof PayloadCodecError ? cause : new PayloadCodecError('sealed', 'the codec threw', { cause });
    }
    if (typeof sealed === 'string' && sealed.isWellFormed() && !sealed.includes('\0')) return sealed;
    throw new PayloadCodecError('sealed', 'the codec made something else of it than text that can be stored');
  }
}

/**
 * The way back. What cannot be opened fails nothing by itself: a value stays sealed and says why, a text says so in its place, and `problem` has
 * the first reason.
 */
export class PayloadOpening {
  readonly #codec: PayloadCodec;
  #error: PayloadCodecError | undefined;

  constructor(codec: PayloadCodec) {
    this.#codec = codec;
  }

  /** Why the first thing that could not be opened could not. */
  get problem(): string | undefined {
    return this.#error?.problem;
  }

  /** @throws PayloadCodecError when something could not be opened */
  check(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  value(text: string, context: string): string {
    const known = readSealed(text);
    if (known === undefined) return text;
    const opened = this.#open(known.sealed, context);
    if (typeof opened === 'string') return opened;
    return sealedJson({ ...known, problem: opened.problem }, text.startsWith('['));
  }

  text(text: string, context: string): string {
    if (!isMarked(text)) return text;
    const opened = this.#open(text.slice(SEALED_TEXT.length), context);
    return typeof opened === 'string' ? opened : toNotice(opened);
  }

  failure(text: string): string {
    // A record without the mark is one from before there was a codec.
    if (!text.includes(SEALED_TEXT)) return text;
    const record = JSON.parse(text) as FailureRecord;
    return this.#failure(record) ?? text;
  }

  failures(text: string): string {
    if (!text.includes(SEALED_TEXT)) return text;
    const records = JSON.parse(text) as readonly FailureRecord[];
    return `[${records.map((record) => this.#failure(record) ?? JSON.stringify(record)).join(',')}]`;
  }

  message(message: string): string {
    return this.text(message, OF_ERROR);
  }

  #failure(record: FailureRecord): string | undefined {
    if (!isMarked(record.message)) return undefined;
    const opened = this.#open(record.message.slice(SEALED_TEXT.length), OF_ERROR);
    return typeof opened === 'string' ? opened : JSON.stringify({ ...record, message: toNotice(opened) });
  }

  #open(sealed: string, context: string): string | PayloadCodecError {
    let opened: unknown;
    let cause: unknown;
    try {
      opened = this.#codec.open(sealed, context);
    } catch (thrown) {
      cause = thrown;
    }
    if (typeof opened === 'string') return opened;
    const error =
      cause instanceof PayloadCodecError ? cause : new PayloadCodecError('opened', 'the codec threw', { cause });
    this.#error ??= error;
    return error;
  }
}

/** An error's record comes from a column, and may have no message. */
function isMarked(text: string | undefined): boolean {
  return text !== undefined && isSealedText(text);
}

function toNotice({ problem }: PayloadCodecError): string {
  return `[sealed: ${problem}]`;
}
