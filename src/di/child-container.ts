import 'reflect-metadata';
import { container as globalContainer } from 'tsyringe';
import type { DependencyContainer } from 'tsyringe';

/** A container that knows what `parent` knows, and whose own registrations `parent` never sees. */
export function childContainer(parent: DependencyContainer = globalContainer): DependencyContainer {
  return parent.createChildContainer();
}
