import { Lifecycle } from 'tsyringe';
import type { DependencyContainer } from 'tsyringe';

/**
 * The few private parts of tsyringe 4 that have no public door. Each is read defensively: where a later version looks
 * different, the public behaviour takes over.
 */
interface Internals {
  readonly parent?: Internals;
  readonly disposables?: Set<{ dispose(): unknown }>;
  readonly _registry?: { readonly _registryMap?: Map<unknown, Registration[]> };
}

interface Registration {
  readonly instance?: unknown;
  readonly options: { readonly lifecycle: Lifecycle };
}

/**
 * Disposes a child container. tsyringe counts a singleton of the parent that was first needed in a child among the child's
 * disposables, and would dispose it with the child though every later attempt gets it again: such ones are handed back to
 * the container that keeps them. Most attempts made nothing disposable; they skip the disposal, which costs more than their resolution.
 */
export function releaseOwnDisposables(child: DependencyContainer): Promise<void> | undefined {
  const internals = child as unknown as Internals;
  const own = internals.disposables;
  if (own === undefined) return Promise.resolve(child.dispose());
  if (own.size === 0) return undefined;
  for (let ancestor = internals.parent; ancestor !== undefined; ancestor = ancestor.parent) {
    for (const registrations of ancestor._registry?._registryMap?.values() ?? []) {
      for (const registration of registrations) handBack(registration, own, ancestor);
    }
  }
  return own.size === 0 ? undefined : Promise.resolve(child.dispose());
}

function handBack(registration: Registration, own: Set<{ dispose(): unknown }>, ancestor: Internals): void {
  if (registration.options.lifecycle !== Lifecycle.Singleton) return;
  const instance = registration.instance as { dispose(): unknown } | undefined;
  if (instance === undefined || !own.delete(instance)) return;
  ancestor.disposables?.add(instance);
}

/** Takes a registration out; tsyringe itself can only clear all of them. */
export function removeRegistration(container: DependencyContainer, token: unknown): void {
  (container as unknown as Internals)._registry?._registryMap?.delete(token);
}
