import { types } from 'node:util';
import { Fault } from './fault';

const WEAK = new Set(['WeakMap', 'WeakSet', 'WeakRef']);
const WEB_STREAMS = new Set(['ReadableStream', 'WritableStream', 'TransformStream']);

/**
 * Why an object that is none of the kept types cannot be stored, or `undefined` when it can, as plain data.
 *
 * @param tag what `Object.prototype.toString` calls it
 * @param isEmpty it has no enumerable data
 */
export function refusalOf(value: object, tag: string, isEmpty: boolean): string | undefined {
  if (types.isPromise(value) || hasMethod(value, 'then'))
    return 'there is a promise; await it and return what it gives';
  if (WEAK.has(tag)) return `there is a ${tag}, whose contents cannot be listed; return a Map, a Set or an array`;
  if (WEB_STREAMS.has(tag) || (hasMethod(value, 'pipe') && hasMethod(value, 'on'))) {
    return 'there is a stream; store its contents elsewhere and return where they are';
  }
  if (hasMethod(value, 'next') && (hasMethod(value, Symbol.iterator) || hasMethod(value, Symbol.asyncIterator))) {
    return 'there is a generator or iterator; return an array of what it yields';
  }
  if (ArrayBuffer.isView(value)) return 'there is binary data of an unknown kind; return a Buffer or a typed array';
  if (types.isSharedArrayBuffer(value)) return 'there is a SharedArrayBuffer; return a copy of its bytes';
  // Such objects keep their data out of reach; as `{}` it would be lost in silence.
  if (isEmpty && (isOpaque(tag) || types.isProxy(value))) {
    const kind = isOpaque(tag) ? tag : 'Proxy';
    return `there is a ${kind} without enumerable data; return what you need of it as plain data`;
  }
  return undefined;
}

/** Platform classes name themselves by `Symbol.toStringTag`; users' classes are plain `Object`s. */
function isOpaque(tag: string): boolean {
  return tag !== 'Object' && tag !== 'Arguments';
}

function hasMethod(value: object, name: string | symbol): boolean {
  return typeof (value as Record<string | symbol, unknown>)[name] === 'function';
}

/** The cap's message, also for a text that turned out larger than the walk could tell. */
export function tooLarge(bytes: number, maxBytes: number): Fault {
  const size = Math.ceil(bytes).toLocaleString('en-US');
  const cap = maxBytes.toLocaleString('en-US');
  const advice = 'keep large data in a file or object store and return its address, or raise the cap';
  return new Fault(
    `the value takes at least ${size} bytes as stored text, over the cap of ${cap}; ${advice}`,
    undefined,
    true,
  );
}

/** What PostgreSQL's jsonb cannot hold of a string that JavaScript can. */
export function textProblem(text: string): string | undefined {
  if (text.includes('\0')) return 'there is the character \\u0000, which PostgreSQL cannot store; remove or replace it';
  if (!text.isWellFormed()) return 'there is half a surrogate pair, which is no Unicode text; use text.toWellFormed()';
  return undefined;
}
