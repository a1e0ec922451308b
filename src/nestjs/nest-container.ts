import { Scope } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { ContextIdFactory } from '@nestjs/core';
import type { ContextId } from '@nestjs/core';
import { ConfigurationError } from '../core/errors/definition-error';
import type { ContainerAdapter, ContainerScope, InjectableClass } from '../di/container-adapter';
import type { Features, Home } from './features';

/**
 * Workflow classes from the modules of a Nest application. It is a provider, so that a test can take it out of a module and hand it to
 * `createTestRunner`.
 *
 * @example const t = await createTestRunner({ workflows: [OrderWorkflow], container: moduleRef.get(NestContainer) });
 */
export class NestContainer implements ContainerAdapter {
  readonly #features: Features;
  /** Providers of which there is one for the whole application. */
  readonly #singletons = new Map<InjectableClass, object>();

  /** @internal made by `TypeflowModule.forRoot` */
  constructor(features: Features) {
    this.#features = features;
  }

  /** @internal everything that the modules declare */
  get features(): Features {
    return this.#features;
  }

  /** Nest looks at what classes need; see `prove`. */
  check(target: InjectableClass): void {
    this.#homeOf(target);
  }

  createScope(): ContainerScope {
    let context: ContextId | undefined;
    return {
      resolve: (target) => this.#singletonOf(target) ?? this.#make(target, (context ??= ContextIdFactory.create())),
      // Nest forgets what it made for a context with the context, and disposes nothing of it.
      dispose: () => undefined,
    };
  }

  /** The runner is a provider of its own. */
  register(): void {}

  unregister(): void {}

  /** @internal makes each class once, as Nest does with its providers, so that what cannot be made is known when the application starts. */
  async prove(): Promise<void> {
    for (const target of this.#features.homes.keys()) await this.createScope().resolve(target as InjectableClass);
  }

  #singletonOf<T extends object>(target: InjectableClass<T>): T | undefined {
    const known = this.#singletons.get(target) as T | undefined;
    if (known !== undefined) return known;
    const { moduleRef, isProvider } = this.#homeOf(target);
    if (!isProvider || moduleRef.introspect(target).scope !== Scope.DEFAULT) return undefined;
    const instance = moduleRef.get<T>(target);
    this.#singletons.set(target, instance);
    return instance;
  }

  #make<T extends object>(target: InjectableClass<T>, context: ContextId): Promise<T> {
    const { moduleRef, isProvider } = this.#homeOf(target);
    return isProvider ? moduleRef.resolve<T>(target, context) : moduleRef.create(target as Type<T>, context);
  }

  #homeOf(target: InjectableClass): Home {
    const home = this.#features.homes.get(target);
    if (home !== undefined) return home;
    throw new ConfigurationError(
      `no module declares ${target.name}: add TypeflowModule.forFeature([${target.name}]) to the imports of the one whose providers it injects`,
    );
  }
}
