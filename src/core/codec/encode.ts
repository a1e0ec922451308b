import { ValueNotStorableError } from '../errors/task-errors';
import { Fault } from './fault';
import { JsonTreeBuilder } from './json-tree';
import { tooLarge } from './refusals';

/** 4 MiB: a larger value slows every reader of its row; the database itself would take far more. */
export const DEFAULT_MAX_BYTES = 4 * 1024 * 1024;

/** Deep enough for any data that people write, shallow enough for every recursive reader. */
export const DEFAULT_MAX_DEPTH = 500;

export interface EncodeOptions {
  /** What the value is, for the error's message: `result of "pay"`, `input of order-processing.main`. */
  readonly what: string;
  /** Cap of the stored text, UTF-8 bytes. Default 4 MiB: larger values make every read of the row slower. */
  readonly maxBytes?: number | undefined;
  /** How many arrays and objects may stand in one another. Default 500. */
  readonly maxDepth?: number | undefined;
}

/**
 * The JSON text under which a value is stored. Plain JSON is stored as itself, with its keys in jsonb's order; dates, maps, bigints
 * and the other kept types as tagged objects. `decode` gives back an equal value, before a crash and after it.
 *
 * @throws ValueNotStorableError with the path to the first thing that cannot be stored
 * @example encode({ at: new Date(0) }, { what: 'result of "pay"' }) // {"at":{"$type":"Date","value":"1970-01-01T00:00:00.000Z"}}
 */
export function encode(value: unknown, options: EncodeOptions): string {
  const { what, maxBytes = DEFAULT_MAX_BYTES, maxDepth = DEFAULT_MAX_DEPTH } = options;
  try {
    const text = JSON.stringify(new JsonTreeBuilder(maxBytes, maxDepth).build(value, 0));
    // A UTF-16 unit takes at most 3 bytes: only texts near the cap are worth counting.
    if (text.length * 3 > maxBytes) assertFits(Buffer.byteLength(text), maxBytes);
    return text;
  } catch (thrown) {
    const fault = Fault.of(thrown);
    const { path, problem } = fault.explain();
    throw new ValueNotStorableError(
      what,
      path,
      problem,
      fault.cause === undefined ? undefined : { cause: fault.cause.thrown },
    );
  }
}

function assertFits(bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) throw tooLarge(bytes, maxBytes);
}
