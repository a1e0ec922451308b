import { types } from 'node:util';
import type { Json } from './views';

/**
 * A stored value as JSON for whoever looks from outside. It is for reading, and no way back: dates, URLs and patterns become text, bytes base64, bigints and
 * numbers that JSON has not become text, sets arrays, maps arrays of pairs, errors their name and message; what is `undefined` is left out.
 */
export function toJson(value: unknown): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? null : objectToJson(value);
    default:
      return null;
  }
}

function objectToJson(value: object): Json {
  if (Array.isArray(value)) return value.map(toJson);
  if (types.isDate(value)) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (types.isMap(value)) return [...value].map(([key, one]) => [toJson(key), toJson(one)]);
  if (types.isSet(value)) return [...value].map(toJson);
  if (value instanceof URL || types.isRegExp(value)) return String(value);
  if (types.isNativeError(value)) return { name: value.name, message: value.message };
  if (types.isAnyArrayBuffer(value)) return Buffer.from(value).toString('base64');
  if (ArrayBuffer.isView(value)) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  }
  return fieldsToJson(value);
}

function fieldsToJson(value: object): Json {
  const json: Record<string, Json> = {};
  for (const [key, one] of Object.entries(value)) {
    if (one === undefined) continue;
    // An assignment would take `__proto__` for the prototype.
    Object.defineProperty(json, key, { value: toJson(one), enumerable: true, writable: true, configurable: true });
  }
  return json;
}
