import 'reflect-metadata';
import { container as globalContainer } from 'tsyringe';
import type { DependencyContainer } from 'tsyringe';
import { adapterOf, isAdapter } from './adapter-of';
import type { ContainerAdapter } from './container-adapter';

/**
 * The adapter of a container that knows what `container` knows, and whose own registrations it never sees. Of another container than tsyringe's
 * there is no child: nothing is registered in it.
 *
 * @throws ConfigurationError for what is neither a container nor an adapter
 */
export function childAdapter(container: DependencyContainer | ContainerAdapter = globalContainer): ContainerAdapter {
  const adapter = adapterOf(container);
  if (!isAdapter(container)) return adapterOf(container.createChildContainer());
  return {
    check: (target) => adapter.check(target),
    createScope: () => adapter.createScope(),
    register: () => undefined,
    unregister: () => undefined,
  };
}
