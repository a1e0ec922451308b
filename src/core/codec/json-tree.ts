import { types } from 'node:util';
import { errorFields } from './error-fields';
import { Fault } from './fault';
import { isError, isInvalidDate, keptTextOf, unboxed } from './kept-objects';
import { sortKeys } from './key-order';
import { refusalOf, textProblem, tooLarge } from './refusals';
import { TYPE_KEY, escapeKey, setData } from './tags';
import type { Json } from './tags';

/**
 * Copies a value into the tree that `JSON.stringify` then writes: tags in place of what JSON cannot say, keys in the stored
 * order. Everything is read exactly once, so a getter cannot show one value to the checks and another to the text.
 *
 * Throws a `Fault` at the first thing that cannot be stored. `maxBytes` is enforced while the tree grows, by a lower bound of the
 * text's size, so that neither a huge value nor shared references that multiply are ever copied whole.
 */
export class JsonTreeBuilder {
  readonly #maxBytes: number;
  readonly #maxDepth: number;
  #bytesLeft: number;

  constructor(maxBytes: number, maxDepth: number) {
    this.#maxBytes = maxBytes;
    this.#maxDepth = maxDepth;
    this.#bytesLeft = maxBytes;
  }

  /** @param depth how many arrays and objects `value` already stands in */
  build(value: unknown, depth: number): Json {
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'number':
        return this.#number(value);
      case 'boolean':
        this.#spend(4);
        return value;
      case 'object':
        return value === null ? this.#null() : this.#object(value, depth);
      case 'undefined':
        return this.#tagged('undefined');
      case 'bigint':
        return this.#bigint(value);
      default:
        throw new Fault(`there is a ${typeof value}; only data can be stored, so leave it out`);
    }
  }

  #spend(bytes: number): void {
    this.#bytesLeft -= bytes;
    // Negated, so that a length of NaN, which a proxy may claim, does not lift the cap.
    if (!(this.#bytesLeft >= 0)) throw tooLarge(this.#maxBytes - this.#bytesLeft, this.#maxBytes);
  }

  #null(): null {
    this.#spend(4);
    return null;
  }

  #text(text: string): string {
    this.#spend(text.length + 2);
    const problem = textProblem(text);
    if (problem !== undefined) throw new Fault(problem);
    return text;
  }

  #number(value: number): Json {
    if (!Number.isFinite(value) || Object.is(value, -0)) {
      return this.#tagged('number', Object.is(value, -0) ? '-0' : String(value));
    }
    const size = Math.abs(value);
    // A database writes 1e300 in full: it must not become far longer there than it is here.
    this.#spend(size >= 1e21 || (size < 1e-6 && size > 0) ? Math.abs(Math.log10(size)) : 1);
    return value;
  }

  #bigint(value: bigint): Json {
    // Hexadecimal takes linear time, decimal does not: find out first whether it can fit at all.
    if (BigInt.asIntN(64, value) !== value) this.#spend(value.toString(16).length * 0.8);
    return this.#tagged('bigint', value.toString());
  }

  #tagged(type: string, value?: Json): Json {
    this.#spend(type.length + 20);
    return value === undefined ? { [TYPE_KEY]: type } : { [TYPE_KEY]: type, value };
  }

  #object(value: object, depth: number): Json {
    if (depth >= this.#maxDepth)
      throw new Fault(`the value has more than ${this.#maxDepth} levels; flatten it`, undefined, true);
    this.#spend(2);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null || Array.isArray(value)) return this.#jsonOr(value, depth);
    const kept = this.#kept(value, depth);
    return kept ?? this.#jsonOr(value, depth);
  }

  /** The built-in objects that come back as what they are; `undefined` for any other. */
  #kept(value: object, depth: number): Json | undefined {
    if (types.isMap(value)) return this.#tagged('Map', this.#entries(value, depth));
    if (types.isSet(value)) return this.#tagged('Set', this.#members(value, depth));
    if (isInvalidDate(value))
      throw new Fault('there is an invalid Date; check dates with Number.isNaN(date.getTime())');
    if (isError(value)) return this.#tagged('Error', this.#error(value, depth));
    const kept = keptTextOf(value);
    if (kept !== undefined) {
      if (kept.size > this.#bytesLeft) this.#spend(kept.size);
      return this.#tagged(kept.type, this.#text(kept.text()));
    }
    const boxed = unboxed(value);
    return boxed === undefined ? undefined : this.build(boxed.primitive, depth);
  }

  /** What `toJSON` gives, where there is one (it is asked once: its result is taken as it is), else the object's data. */
  #jsonOr(value: object, depth: number): Json {
    const { toJSON } = value as { readonly toJSON?: unknown };
    if (typeof toJSON !== 'function') return this.#data(value, depth);
    const json: unknown = toJSON.call(value, '');
    if (typeof json !== 'object' || json === null) return this.build(json, depth);
    const hasToJSON = typeof (json as { readonly toJSON?: unknown }).toJSON === 'function';
    return hasToJSON ? (this.#kept(json, depth) ?? this.#data(json, depth)) : this.#object(json, depth);
  }

  #data(value: object, depth: number): Json {
    if (Array.isArray(value)) return this.#array(value, depth);
    const keys = Object.keys(value);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      const tag = Object.prototype.toString.call(value).slice(8, -1);
      const refusal = refusalOf(value, tag, keys.length === 0);
      if (refusal !== undefined) throw new Fault(refusal);
    }
    return this.#properties(value, keys, depth);
  }

  #array(value: readonly unknown[], depth: number): Json {
    const { length } = value;
    this.#spend(length);
    const tree: Json[] = [];
    let index = 0;
    try {
      for (; index < length; index++) tree.push(this.build(value[index], depth + 1));
    } catch (thrown) {
      throw Fault.of(thrown).within(value, index);
    }
    return tree;
  }

  #properties(value: object, keys: string[], depth: number): { [key: string]: Json } {
    const tree: { [key: string]: Json } = {};
    for (const key of sortKeys(keys)) {
      this.#key(key);
      try {
        const json = this.build((value as Record<string, unknown>)[key], depth + 1);
        if (key === '__proto__') setData(tree, key, json);
        else tree[escapeKey(key)] = json;
      } catch (thrown) {
        throw Fault.of(thrown).within(value, key);
      }
    }
    return tree;
  }

  #key(key: string): void {
    this.#spend(key.length + 3);
    const problem = textProblem(key);
    if (problem === undefined) return;
    throw new Fault(`the key ${JSON.stringify(key.slice(0, 80))} is no text to store: ${problem}`);
  }

  #entries(map: ReadonlyMap<unknown, unknown>, depth: number): Json {
    this.#spend(map.size * 3);
    const entries: Json[] = [];
    // Map.prototype.forEach, not the map's own: a subclass may list other things than it holds.
    Map.prototype.forEach.call(map, (item: unknown, key: unknown) => {
      const at = entries.length;
      const storedKey = this.#inside(map, key, depth, 'keys', at);
      entries.push([storedKey, this.#inside(map, item, depth, 'values', at)]);
    });
    return entries;
  }

  #members(set: ReadonlySet<unknown>, depth: number): Json {
    this.#spend(set.size);
    const members: Json[] = [];
    Set.prototype.forEach.call(set, (member: unknown) => {
      members.push(this.#inside(set, member, depth, 'values', members.length));
    });
    return members;
  }

  #inside(container: object, value: unknown, depth: number, list: 'keys' | 'values', at: number): Json {
    try {
      return this.build(value, depth + 1);
    } catch (thrown) {
      throw Fault.of(thrown).within(container, { list, at });
    }
  }

  #error(error: Error, depth: number): Json {
    const { fields, dataKeys } = errorFields(error);
    const tree: { [key: string]: Json } = {};
    for (const field of fields) {
      tree[field] = field === 'data' ? this.#properties(error, dataKeys, depth) : this.#field(error, field, depth);
    }
    return tree;
  }

  #field(error: Error, name: string, depth: number): Json {
    this.#spend(name.length + 3);
    try {
      return this.build((error as unknown as Record<string, unknown>)[name], depth + 1);
    } catch (thrown) {
      throw Fault.of(thrown).within(error, name);
    }
  }
}
