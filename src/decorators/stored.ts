import type { Deferred } from '../core/deferred';

/* eslint-disable @typescript-eslint/no-explicit-any -- only any matches every function and every container */

/** Values that the codec hands on as they are. */
type Kept =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | Date
  | RegExp
  | URL
  | Error
  | ArrayBuffer
  | ArrayBufferView;

type IsAny<T> = 0 extends 1 & T ? true : false;

/**
 * What is left of a `T` that was stored and read again, as every dependent receives it: instances of classes become plain
 * objects without methods, `toJSON` is honoured, what `Kept` names stays. A type that storing does not change is
 * returned as it is, so that messages keep its name.
 */
export type Stored<T> =
  IsAny<T> extends true
    ? T
    : unknown extends T
      ? T
      : void extends T
        ? Decoded<T>
        : [Decoded<T>] extends [T]
          ? T
          : Decoded<T>;

/**
 * `Stored` without the comparison, which would have to look into a recursive type before that is known. For the same reason
 * arrays are spelled out: the compiler puts off `X[]`, but not a mapped type over an array.
 */
type Decoded<T> =
  IsAny<T> extends true
    ? T
    : T extends Kept
      ? T
      : T extends void
        ? undefined
        : T extends readonly (infer Item)[]
          ? Item[] extends T
            ? T extends unknown[]
              ? Decoded<Item>[]
              : readonly Decoded<Item>[]
            : { [I in keyof T]: Decoded<T[I]> }
          : DecodedObject<T>;

type DecodedObject<T> = T extends { toJSON(key?: any): infer Json }
  ? Decoded<Json>
  : T extends ReadonlyMap<infer Key, infer Value>
    ? Map<Decoded<Key>, Decoded<Value>>
    : T extends ReadonlySet<infer Item>
      ? Set<Decoded<Item>>
      : T extends object
        ? { [K in keyof T as T[K] extends AnyFunction ? never : K extends symbol ? never : K]: Decoded<T[K]> }
        : T;

/** A wait unwrapped, also where it is one of several results: `Receipt | Deferred<Receipt>` → `Receipt`. */
export type Undeferred<T> = IsAny<T> extends true ? T : T extends Deferred<infer Value> ? Value : T;

/** Any method or function. */
export type AnyFunction = (...args: any) => any;

/** What a node whose function is `F` results in, before it is stored. */
export type UnstoredResult<F> = F extends (...args: any) => infer Return ? Undeferred<Awaited<Return>> : never;

/** What dependents receive of a node whose function is `F`. */
export type NodeResult<F> = Stored<UnstoredResult<F>>;
