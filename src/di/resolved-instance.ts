import { isThenable } from '../core/thenable';
import type { InjectableClass } from './container-adapter';

/** Whether a scope has answered with a promise. An instance of the class is none, though the class may have a method `then`. */
export function isPending<T extends object>(
  resolved: T | PromiseLike<T>,
  target: InjectableClass<T>,
): resolved is PromiseLike<T> {
  return !(resolved instanceof target) && isThenable(resolved);
}

/**
 * The method of an instance that a container made, bound to nothing yet.
 *
 * @throws TypeError when there is none: a container may hand out whatever was registered under the class
 */
export function methodOf(instance: object, target: InjectableClass, name: string): (...args: unknown[]) => unknown {
  const method: unknown = (instance as Readonly<Record<string, unknown>> | undefined)?.[name];
  if (typeof method === 'function') return method as (...args: unknown[]) => unknown;
  throw new TypeError(
    `what the container has for ${target.name} is ${describe(instance)}, which has no method "${name}"; ` +
      `register the class itself, or a stand-in with its methods`,
  );
}

function describe(instance: unknown): string {
  if (typeof instance !== 'object' || instance === null) return String(instance);
  return `an object of class ${instance.constructor?.name ?? 'none'}`;
}
