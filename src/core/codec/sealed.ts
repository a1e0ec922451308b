import { TYPE_KEY } from './tags';

/** The tag under which a sealed value is stored; only a payload codec opens it. */
export const SEALED = 'sealed';

const OBJECT_START = `{"${TYPE_KEY}":"${SEALED}",`;
const ARRAY_START = `[${OBJECT_START}`;

/** A value in sealed form. */
export interface SealedText {
  /** What the payload codec made of the encoded value. */
  readonly sealed: string;
  /** Why it could not be opened, where somebody tried; never stored. */
  readonly problem?: string | undefined;
}

/**
 * The JSON under which a sealed value is stored: an object with a tag that no value of a user can have. That of an array is an array,
 * because what may be mapped over is decided where nobody can open it.
 */
export function sealedJson({ sealed, problem }: SealedText, isArray: boolean): string {
  const text = `${OBJECT_START}"value":${JSON.stringify(sealed)}${problem === undefined ? '' : `,"problem":${JSON.stringify(problem)}`}}`;
  return isArray ? `[${text}]` : text;
}

export function isSealed(text: string): boolean {
  return text.startsWith(OBJECT_START) || text.startsWith(ARRAY_START);
}

/** What sealed JSON holds; `undefined` for the JSON of any other value. */
export function readSealed(text: string): SealedText | undefined {
  if (!isSealed(text)) return undefined;
  const json = JSON.parse(text) as SealedJson | readonly [SealedJson];
  const { value, problem } = 'value' in json ? json : json[0];
  return { sealed: value, problem };
}

interface SealedJson {
  readonly value: string;
  readonly problem?: string;
}

/** Before sealed text where text is free: messages, notes, reasons and hashes. */
export const SEALED_TEXT = 'typeflow-sealed:';

export function isSealedText(text: string): boolean {
  return text.startsWith(SEALED_TEXT);
}

/** What is said of a sealed value where there is nothing to open it. */
export const NO_CODEC = 'this runner has no payload codec';

/** Stands in a record for a value that could not be opened. */
export class SealedValue {
  /** @param sealed why it could not be opened */
  constructor(readonly sealed: string) {}
}
