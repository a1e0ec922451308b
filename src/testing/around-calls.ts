/** What is done around the calls of a store, or of a part of it. */
export interface Around {
  /** Makes a call, or answers in its place. */
  readonly call: (make: () => unknown) => unknown;
  /** The same of a part of the part. */
  readonly partOf: (value: object, key: string | symbol) => object;
}

/** A part of a store with something done around its calls. @param instead what is not the part's own */
export function aroundCalls<Part extends object>(part: Part, around: Around, instead: Partial<Part> = {}): Part {
  const parts = new Map<unknown, object>();
  return new Proxy(part, {
    get: (_target, key) => {
      const own = instead[key as keyof Part];
      if (own !== undefined) return own;
      // The part itself as `this`: its private fields are its own.
      const value: unknown = Reflect.get(part, key, part);
      if (typeof value === 'function') {
        return (...args: unknown[]): unknown => around.call(() => Reflect.apply(value, part, args));
      }
      if (typeof value !== 'object' || value === null) return value;
      const known = parts.get(value) ?? around.partOf(value, key);
      parts.set(value, known);
      return known;
    },
  });
}
