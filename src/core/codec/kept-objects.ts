import { types } from 'node:util';
import { TYPED_ARRAYS } from './tags';

/** A kept object that is stored as one text: `text` is only made once `size` has been found to fit. */
export interface KeptText {
  readonly type: string;
  /** Bytes of the text, or fewer. */
  readonly size: number;
  readonly text: () => string;
}

/** The stored form of the built-in objects that are one text: dates, binary data, URLs, regular expressions. */
export function keptTextOf(value: object): KeptText | undefined {
  if (types.isDate(value)) return { type: 'Date', size: 24, text: () => Date.prototype.toISOString.call(value) };
  if (types.isRegExp(value)) return ready('RegExp', `/${value.source}/${value.flags}`);
  if (types.isArrayBuffer(value)) return bytes('ArrayBuffer', new Uint8Array(value));
  if (ArrayBuffer.isView(value)) return viewText(value);
  return value instanceof URL ? ready('URL', value.href) : undefined;
}

export function isInvalidDate(value: object): boolean {
  return types.isDate(value) && Number.isNaN(Date.prototype.getTime.call(value));
}

/** `new Number(1)` and its like, unboxed; `undefined` when it is none of them. */
export function unboxed(value: object): { readonly primitive: unknown } | undefined {
  if (types.isNumberObject(value)) return { primitive: Number.prototype.valueOf.call(value) };
  if (types.isStringObject(value)) return { primitive: String.prototype.valueOf.call(value) };
  if (types.isBooleanObject(value)) return { primitive: Boolean.prototype.valueOf.call(value) };
  if (types.isBigIntObject(value)) return { primitive: BigInt.prototype.valueOf.call(value) };
  if (types.isSymbolObject(value)) return { primitive: Symbol.prototype.valueOf.call(value) };
  return undefined;
}

/** Errors of this realm and others. A `DOMException` (an `AbortError`, say) of another realm is no `instanceof Error` here. */
export function isError(value: object): value is Error {
  return types.isNativeError(value) || value instanceof Error || value instanceof DOMException;
}

// The getter that all typed arrays share reads their true kind, which a subclass cannot disguise.
const typedArrayKind = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get;

function viewText(view: ArrayBufferView): KeptText | undefined {
  const content = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  if (types.isDataView(view)) return bytes('DataView', content);
  if (Buffer.isBuffer(view)) return bytes('Buffer', content);
  const kind = String(typedArrayKind?.call(view));
  return TYPED_ARRAYS.has(kind) ? bytes(kind, content) : undefined;
}

function bytes(type: string, content: Uint8Array): KeptText {
  const text = (): string => Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('base64');
  return { type, size: Math.ceil(content.byteLength / 3) * 4, text };
}

function ready(type: string, text: string): KeptText {
  return { type, size: text.length, text: () => text };
}
