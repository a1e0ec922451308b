import type { DependencyContainer } from 'tsyringe';
import { ConfigurationError } from '../core/errors/definition-error';
import type { ContainerAdapter } from './container-adapter';
import { TsyringeAdapter } from './tsyringe-adapter';

const VERBS = ['check', 'createScope', 'register', 'unregister'] as const;

/**
 * The adapter of what a user gave as `container`: itself, or one for a tsyringe container. They are told apart by what they can do, and not by
 * class: there may be two copies of tsyringe.
 *
 * @throws ConfigurationError for anything else
 */
export function adapterOf(container: DependencyContainer | ContainerAdapter | undefined): ContainerAdapter {
  if (container === undefined) return new TsyringeAdapter();
  if (isAdapter(container)) return container;
  if (can(container, 'createChildContainer') && can(container, 'resolve')) {
    return new TsyringeAdapter(container as DependencyContainer);
  }
  const missing = VERBS.filter((verb) => !can(container, verb));
  throw new ConfigurationError(
    `container: expected a container of tsyringe, or an adapter with the methods ${VERBS.join(', ')}; got ` +
      (missing.length === VERBS.length ? 'something else' : `an object without ${missing.join(', ')}`),
  );
}

/** Whether `container` is an adapter, and not a container of tsyringe. */
export function isAdapter(container: DependencyContainer | ContainerAdapter): container is ContainerAdapter {
  return VERBS.every((verb) => can(container, verb));
}

function can(container: unknown, verb: string): boolean {
  return typeof (container as Readonly<Record<string, unknown>> | null)?.[verb] === 'function';
}
