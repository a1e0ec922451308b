/** A property, or `undefined` when a getter or proxy will not give it. */
export function read(from: object, key: string): unknown {
  try {
    return (from as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

export function keysOf(from: object): string[] {
  try {
    return Object.keys(from);
  } catch {
    return [];
  }
}

export function isArray(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}
