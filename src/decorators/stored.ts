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
 * returned as it is, so that messages keep its name and recursive types stay finite.
 */
export type Stored<T> =
  IsAny<T> extends true
    ? T
    : unknown extends T
      ? T
      : T extends Kept
        ? T
        : T extends void
          ? undefined
          : [T, StoredForm<T>] extends [StoredForm<T>, T]
            ? T
            : StoredForm<T>;

type StoredForm<T> = T extends { toJSON(key?: any): infer Json }
  ? Stored<Json>
  : T extends ReadonlySet<infer Item>
    ? Set<Stored<Item>>
    : T extends ReadonlyMap<infer Key, infer Value>
      ? Map<Stored<Key>, Stored<Value>>
      : T extends readonly unknown[]
        ? { [I in keyof T]: Stored<T[I]> }
        : { [K in keyof T as T[K] extends AnyFunction ? never : K extends symbol ? never : K]: Stored<T[K]> };

/** A wait unwrapped, also where it is one of several results: `Receipt | Deferred<Receipt>` → `Receipt`. */
export type Undeferred<T> = IsAny<T> extends true ? T : T extends Deferred<infer Value> ? Value : T;

/** Any method or function. */
export type AnyFunction = (...args: any) => any;

/** What a node whose function is `F` results in, before it is stored. */
export type UnstoredResult<F> = F extends (...args: any) => infer Return ? Undeferred<Awaited<Return>> : never;

/** What dependents receive of a node whose function is `F`. */
export type NodeResult<F> = Stored<UnstoredResult<F>>;
