import { decode } from './decode';
import { NO_CODEC, readSealed, SealedValue } from './sealed';

/**
 * The value as a record shows it: one that could not be opened is a `SealedValue`, so that the rest of the record can be read.
 *
 * @throws ValueNotReadableError
 */
export function shownValue(text: string): unknown {
  const sealed = readSealed(text);
  return sealed === undefined ? decode(text) : new SealedValue(sealed.problem ?? NO_CODEC);
}
